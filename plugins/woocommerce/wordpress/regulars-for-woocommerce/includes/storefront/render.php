<?php
/**
 * The one renderer: block, shortcode and placements all come here.
 *
 * It writes the very elements that the engine's script writes later, at the same size, so that nothing moves when the
 * script takes over. With no answer in time it leaves only a mark without any height, which the script fills while it
 * is out of sight.
 *
 * @package Regulars
 */

defined( 'ABSPATH' ) || exit;

/**
 * Return a placement as HTML, every part of it escaped; empty where there is nothing to show.
 *
 * @param string $placement One of home, product, cart.
 * @param int[]  $items     The items it stands beside.
 * @param array  $wishes    Limit, wrapper (attributes, already escaped) and follows_cart.
 */
function regulars_render( string $placement, array $items = array(), array $wishes = array() ): string {
	$connection = regulars_connection();
	if ( ! $connection || ! in_array( $placement, array( 'home', 'product', 'cart' ), true ) || is_feed() ) {
		return '';
	}
	$limit = (int) ( $wishes['limit'] ?? 0 );
	$limit = max( 1, min( 12, $limit ? $limit : (int) regulars_storefront_option( 'limit' ) ) );
	$shelf = regulars_shelf( $placement, $items, $limit + 2 ); // Two more, for what is sold out by now.
	$cards = null === $shelf ? '' : regulars_cards( $shelf['items'], $limit );
	if ( null !== $shelf && '' === $cards ) {
		return '';
	}
	$marks = array(
		'placement' => $placement,
		'item'      => implode( ' ', array_map( 'absint', $items ) ),
		'limit'     => (string) $limit,
	);
	if ( ! empty( $wishes['follows_cart'] ) ) {
		$marks['data-regulars-cart'] = '';
	}
	$inner   = null === $shelf ? regulars_late_mark( $marks ) : regulars_painted( $marks, $shelf['heading'], $cards );
	$wide    = wp_is_block_theme() ? ' alignwide' : ''; // A classic theme's own columns are the right width.
	$wrapper = $wishes['wrapper'] ?? "class=\"regulars-placement$wide\"";
	return regulars_styles() . "<div $wrapper>$inner</div>";
}

/**
 * Return the element with its first paint inside.
 *
 * @param array<string, string> $marks   The element's attributes.
 * @param string                $heading The words above.
 * @param string                $cards   The items, as escaped HTML.
 */
function regulars_painted( array $marks, string $heading, string $cards ): string {
	return sprintf(
		'<regulars-recommendations class="regulars-painted" role="region" aria-label="%1$s"%2$s>'
		. '<h2 class="regulars-heading">%3$s</h2><div class="regulars-list" role="list">%4$s</div></regulars-recommendations>',
		esc_attr( $heading ),
		regulars_attributes( $marks ),
		esc_html( $heading ),
		$cards
	);
}

/**
 * Return a mark of no height, for the script to fill where nobody sees it happen.
 *
 * @param array<string, string> $marks What the element's attributes will be.
 */
function regulars_late_mark( array $marks ): string {
	return sprintf( '<div class="regulars-late" data-marks="%s"></div>', esc_attr( (string) wp_json_encode( $marks ) ) );
}

/**
 * Return attributes as HTML.
 *
 * @param array<string, string> $marks Names and values.
 */
function regulars_attributes( array $marks ): string {
	$html = '';
	foreach ( $marks as $name => $value ) {
		$html .= sprintf( ' %s="%s"', $name, esc_attr( $value ) );
	}
	return $html;
}

/**
 * Return as many cards as wished, of items that the shop shows and has today.
 *
 * @param array<int, array<string, string>> $items What the engine recommends.
 * @param int                               $limit How many.
 */
function regulars_cards( array $items, int $limit ): string {
	$ids = array_map( static fn( $one ) => (int) $one['id'], $items );
	_prime_post_caches( $ids );
	$cards = array();
	foreach ( $items as $one ) {
		$product = wc_get_product( (int) $one['id'] );
		if ( $product instanceof WC_Product && $product->is_visible() && $product->is_in_stock() ) {
			$cards[] = regulars_card( $product, $one['image'] );
		}
	}
	return implode( '', array_slice( $cards, 0, $limit ) );
}

/**
 * Return one item. Name, address and price are the shop's own, as of now.
 *
 * @param WC_Product $product The product.
 * @param string     $image   The picture that the script will show too, so that it is loaded once.
 */
function regulars_card( WC_Product $product, string $image ): string {
	$picture = '' === $image ? '' : sprintf(
		'<img class="regulars-image" src="%s" width="300" height="300" alt="" loading="lazy" decoding="async">',
		esc_url( $image )
	);
	$price   = '' === $product->get_price() ? '' : wc_price( wc_get_price_to_display( $product ) );
	return sprintf(
		'<div class="regulars-item" role="listitem"><a class="regulars-link" href="%1$s">'
		. '<span class="regulars-picture">%2$s</span><span class="regulars-title">%3$s</span></a>'
		. '<span class="regulars-price">%4$s</span><div class="regulars-actions"></div></div>',
		esc_url( $product->get_permalink() ),
		$picture,
		esc_html( wp_strip_all_tags( $product->get_name() ) ),
		wp_kses_post( $price )
	);
}
