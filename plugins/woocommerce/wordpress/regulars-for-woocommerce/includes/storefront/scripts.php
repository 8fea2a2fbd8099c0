<?php
/**
 * The shop's one small script, deferred, and the style of the first paint.
 *
 * @package Regulars
 */

defined( 'ABSPATH' ) || exit;

const REGULARS_STOREFRONT_VERSION = '1';

/**
 * Put the script on the pages of a connected shop, and the style into the head where a placement is to be expected.
 */
function regulars_enqueue(): void {
	$connection = regulars_connection();
	if ( ! $connection ) {
		return;
	}
	regulars_register_style();
	if ( is_woocommerce() || is_cart() || is_checkout() || regulars_is_on_page() ) {
		wp_enqueue_style( 'regulars-storefront' );
	}
	$root = dirname( __DIR__, 2 ) . '/regulars-for-woocommerce.php';
	wp_enqueue_script(
		'regulars-storefront',
		plugins_url( 'assets/storefront.js', $root ),
		array(),
		REGULARS_STOREFRONT_VERSION,
		array(
			'in_footer' => true,
			'strategy'  => 'defer',
		)
	);
	$facts = wp_json_encode( regulars_page_facts( $connection ), JSON_HEX_TAG | JSON_HEX_AMP );
	wp_add_inline_script( 'regulars-storefront', "window.regularsPage = $facts;", 'before' );
}

/**
 * Tell whether the page asked for carries the block or the shortcode.
 */
function regulars_is_on_page(): bool {
	$post = is_singular() ? get_post() : null;
	return $post instanceof WP_Post
		&& ( has_block( 'regulars/recommendations', $post ) || has_shortcode( $post->post_content, 'regulars' ) );
}

/**
 * Return what the script has to know. The same for everyone, but for the cart on the cart's own page.
 *
 * @param array<string, string> $connection Where the engine is.
 * @return array<string, mixed>
 */
function regulars_page_facts( array $connection ): array {
	$facts = array(
		'engine'   => untrailingslashit( $connection['engine'] ),
		'shop'     => $connection['public_key'],
		'asks'     => regulars_storefront_option( 'consent' ),
		'category' => (string) apply_filters( 'regulars_consent_category', 'marketing' ),
	);
	if ( is_product() ) {
		$facts['viewed'] = (string) get_queried_object_id();
	}
	if ( is_search() ) {
		$facts['searched'] = get_search_query( false );
	}
	if ( is_cart() ) {
		$facts['parents'] = (object) regulars_parents_in_cart();
	}
	return $facts;
}

/**
 * Return which product each variation in the cart belongs to: the cart block speaks of variations only.
 *
 * @return array<string, string>
 */
function regulars_parents_in_cart(): array {
	$parents = array();
	foreach ( WC()->cart ? WC()->cart->get_cart() : array() as $line ) {
		if ( ! empty( $line['variation_id'] ) ) {
			$parents[ (string) $line['variation_id'] ] = (string) $line['product_id'];
		}
	}
	return $parents;
}

/**
 * Register the style. WordPress writes it into the page itself, since it is small: no request of its own.
 */
function regulars_register_style(): void {
	$folder = dirname( __DIR__, 2 );
	wp_register_style(
		'regulars-storefront',
		plugins_url( 'assets/storefront.css', $folder . '/regulars-for-woocommerce.php' ),
		array(),
		REGULARS_STOREFRONT_VERSION
	);
	wp_style_add_data( 'regulars-storefront', 'path', $folder . '/assets/storefront.css' );
}

/**
 * Return the style where the head went out without it: a shelf must have its size before it is first painted.
 */
function regulars_styles(): string {
	if ( ! did_action( 'wp_head' ) || doing_action( 'wp_head' ) || wp_style_is( 'regulars-storefront', 'done' ) ) {
		wp_enqueue_style( 'regulars-storefront' );
		return '';
	}
	ob_start();
	wp_print_styles( array( 'regulars-storefront' ) );
	return (string) ob_get_clean();
}
