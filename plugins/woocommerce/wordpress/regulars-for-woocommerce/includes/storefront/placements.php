<?php
/**
 * Where recommendations show by themselves, in classic themes and block themes alike.
 *
 * The cart block fires none of the cart's hooks; its shelf is put behind the whole block, where the block's own script
 * leaves it alone and where it stays when the cart is emptied. The block draws itself late and grows then: our script
 * shows the shelf once it has, so that the shopper sees nothing jump.
 *
 * @package Regulars
 */

defined( 'ABSPATH' ) || exit;

/**
 * Hang the placements that the merchant wants.
 */
function regulars_place(): void {
	if ( is_admin() || ! regulars_connection() ) {
		return;
	}
	$hooks = array(
		'product'    => array( 'woocommerce_after_single_product_summary', 'regulars_show_beside_product', 15 ),
		'cart'       => array( 'woocommerce_after_cart', 'regulars_show_below_cart', 10 ),
		'empty_cart' => array( 'woocommerce_cart_is_empty', 'regulars_show_in_empty_cart', 20 ),
		'thankyou'   => array( 'woocommerce_thankyou', 'regulars_show_after_order', 20 ),
		'archive'    => array( 'woocommerce_after_shop_loop', 'regulars_show_below_list', 20 ),
	);
	foreach ( regulars_active_placements() as $name ) {
		add_action( ...$hooks[ $name ] );
	}
	if ( array_intersect( array( 'cart', 'empty_cart' ), regulars_active_placements() ) ) {
		add_filter( 'render_block_woocommerce/cart', 'regulars_show_after_cart_block' );
	}
}

/**
 * Show what goes well with the product of the page.
 */
function regulars_show_beside_product(): void {
	regulars_show( 'product', array( (int) get_queried_object_id() ) );
}

/**
 * Show what goes well with the cart of the classic page.
 */
function regulars_show_below_cart(): void {
	regulars_show( 'cart', regulars_cart_items() );
}

/**
 * Show something to begin with.
 */
function regulars_show_in_empty_cart(): void {
	regulars_show( 'home', array() );
}

/**
 * Show what goes well with what was just bought.
 *
 * @param mixed $order_id The order.
 */
function regulars_show_after_order( $order_id ): void {
	$order = wc_get_order( $order_id );
	$items = array();
	foreach ( $order instanceof WC_Order ? $order->get_items() : array() as $line ) {
		$items[] = (int) $line->get_product_id();
	}
	if ( $items ) {
		regulars_show( 'product', $items ); // Not "cart": there is none any more to speak of.
	}
}

/**
 * Show something below a list of products.
 */
function regulars_show_below_list(): void {
	regulars_show( 'home', array() );
}

/**
 * Put the shelf behind the cart block, full or empty.
 *
 * @param mixed $html The block.
 * @return mixed
 */
function regulars_show_after_cart_block( $html ) {
	$items = regulars_cart_items();
	$name  = $items ? 'cart' : 'empty_cart';
	if ( ! is_string( $html ) || '' === $html || ! in_array( $name, regulars_active_placements(), true ) ) {
		return $html;
	}
	$wishes = array(
		'follows_cart' => (bool) $items,
		'wrapper'      => 'class="regulars-placement regulars-after-cart' . regulars_width_of( $html ) . '"',
	);
	return $html . regulars_render( $items ? 'cart' : 'home', $items, $wishes );
}

/**
 * Return the class that makes the shelf as wide as the block it stands below.
 *
 * @param string $html The block.
 */
function regulars_width_of( string $html ): string {
	return preg_match( '/^[^>]*\bclass="[^"]*\b(alignwide|alignfull)\b/', ltrim( $html ), $found ) ? " $found[1]" : '';
}

/**
 * Return the products in the cart.
 *
 * @return int[]
 */
function regulars_cart_items(): array {
	$lines = WC()->cart ? WC()->cart->get_cart() : array();
	return array_values( array_unique( array_map( static fn( $line ) => (int) $line['product_id'], $lines ) ) );
}

/**
 * Print a placement.
 *
 * @param string $placement One of home, product, cart.
 * @param int[]  $items     The items it stands beside.
 */
function regulars_show( string $placement, array $items ): void {
	// phpcs:ignore WordPress.Security.EscapeOutput -- the renderer escapes every part.
	echo regulars_render( $placement, $items );
}
