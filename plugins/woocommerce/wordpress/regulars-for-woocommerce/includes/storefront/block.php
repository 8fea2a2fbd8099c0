<?php
/**
 * The block “Recommendations” and the shortcode [regulars].
 *
 * @package Regulars
 */

defined( 'ABSPATH' ) || exit;

/**
 * Register both.
 */
function regulars_register_block(): void {
	regulars_register_style();
	register_block_type( dirname( __DIR__, 2 ) . '/blocks/recommendations', array( 'render_callback' => 'regulars_render_block' ) );
	add_shortcode( 'regulars', 'regulars_render_shortcode' );
}

/**
 * Render the block.
 *
 * @param array<string, mixed> $attributes Placement and limit.
 */
function regulars_render_block( array $attributes ): string {
	list( $placement, $items ) = regulars_context( (string) ( $attributes['placement'] ?? 'auto' ) );
	return regulars_render(
		$placement,
		$items,
		array(
			'limit'   => (int) ( $attributes['limit'] ?? 0 ),
			'wrapper' => get_block_wrapper_attributes( array( 'class' => 'regulars-placement' ) ),
		)
	);
}

/**
 * Render the shortcode: [regulars placement="product" item="12 13" limit="4"].
 *
 * @param mixed $told What stands in the brackets.
 */
function regulars_render_shortcode( $told ): string {
	$told = shortcode_atts(
		array(
			'placement' => 'auto',
			'item'      => '',
			'limit'     => '0',
		),
		is_array( $told ) ? $told : array(),
		'regulars'
	);

	list( $placement, $items ) = regulars_context( (string) $told['placement'] );
	if ( '' !== $told['item'] && 'home' !== $placement ) {
		$items = wp_parse_id_list( (string) $told['item'] );
	}
	return regulars_render( $placement, $items, array( 'limit' => (int) $told['limit'] ) );
}

/**
 * Find out what a placement stands beside on this page.
 *
 * @param string $placement One of auto, home, product, cart.
 * @return array{0: string, 1: int[]}
 */
function regulars_context( string $placement ): array {
	if ( 'auto' === $placement ) {
		$placement = is_product() ? 'product' : ( is_cart() && regulars_cart_items() ? 'cart' : 'home' );
	}
	if ( 'product' === $placement ) {
		return array( 'product', is_product() ? array( (int) get_queried_object_id() ) : array() );
	}
	return array( $placement, 'cart' === $placement ? regulars_cart_items() : array() );
}
