<?php
/**
 * What is in a cart, told once at the end of a request in which it changed.
 *
 * A cart is told of people we may know: a browser that agreed, somebody who is signed in, or somebody who said yes to
 * e-mail at the checkout. Nobody else's cart leaves the shop.
 *
 * @package Regulars
 */

defined( 'ABSPATH' ) || exit;

const REGULARS_CART = 'regulars_cart'; // In the session: the number under which Regulars knows this cart.
const REGULARS_TOLD = 'regulars_told'; // In the session: a mark of what was told last.

/**
 * Remember that the cart of this request is to be looked at when the request ends.
 */
function regulars_cart_touched() {
	if ( regulars_is_connected() && ! has_action( 'shutdown', 'regulars_tell_cart' ) ) {
		add_action( 'shutdown', 'regulars_tell_cart', 5 ); // Before WooCommerce keeps the session, at 20.
	}
}

/**
 * The number under which Regulars knows this cart; a new one after an order.
 *
 * @return string
 */
function regulars_cart_id() {
	$id = (string) WC()->session->get( REGULARS_CART, '' );
	if ( '' === $id ) {
		$id = bin2hex( random_bytes( 16 ) );
		WC()->session->set( REGULARS_CART, $id );
	}
	return $id;
}

/**
 * The lines of a cart.
 *
 * @param WC_Cart $cart The cart.
 * @return array<int, array<string, mixed>>
 */
function regulars_cart_lines( $cart ) {
	$lines = array();
	foreach ( $cart->get_cart() as $key => $line ) {
		$product = isset( $line['data'] ) ? $line['data'] : null;
		if ( ! is_a( $product, 'WC_Product' ) || empty( $line['product_id'] ) ) {
			continue;
		}
		$lines[] = array(
			'id'           => (string) $key,
			'product_id'   => (int) $line['product_id'],
			'variation_id' => empty( $line['variation_id'] ) ? null : (int) $line['variation_id'],
			'title'        => wp_strip_all_tags( $product->get_name() ),
			'quantity'     => (int) $line['quantity'],
			'total'        => regulars_money( ( isset( $line['line_total'] ) ? $line['line_total'] : 0 ) + ( isset( $line['line_tax'] ) ? $line['line_tax'] : 0 ) ),
		);
	}
	return $lines;
}

/**
 * An amount as a plain number with a point.
 *
 * @param float|string $amount The amount.
 * @return string
 */
function regulars_money( $amount ) {
	return number_format( (float) $amount, wc_get_price_decimals(), '.', '' );
}

/**
 * Tell the cart of this request, if it is not what was told last.
 */
function regulars_tell_cart() {
	// It stays hung up: taken down while it runs, WordPress would skip whatever comes next at `shutdown`, which is
	// WooCommerce putting its webhooks in line.
	$session = WC()->session;
	if ( ! $session || ! WC()->cart || ! regulars_is_connected() ) {
		return;
	}
	$lines   = regulars_cart_lines( WC()->cart );
	$told    = (string) $session->get( REGULARS_TOLD, '' );
	$visitor = regulars_known_visitor();
	$person  = regulars_customer_id();
	$email   = regulars_agreed_email();
	$may     = $visitor || $person || '' !== $email;
	if ( ! $lines || ! $may ) {
		if ( '' !== $told ) {
			// Nothing is left, or nothing may be known any more: either way no letter about it.
			regulars_emit_cart( 'emptied', array() );
			$session->set( REGULARS_TOLD, null );
			$session->set( REGULARS_CART, null );
		}
		return;
	}
	$facts = array(
		'customer_id' => $person,
		'email'       => '' === $email ? null : $email,
		'visitor_id'  => $visitor,
		'lines'       => $lines,
		'total'       => regulars_money( WC()->cart->get_total( 'edit' ) ),
	);
	$stage = regulars_is_checkout( $session ) ? 'checkout' : 'cart';
	$mark  = md5( $stage . wp_json_encode( $facts ) );
	if ( $mark === $told ) {
		return;
	}
	$session->set( REGULARS_TOLD, $mark );
	regulars_emit_cart( $stage, $facts );
}

/**
 * Whether the person of this session has begun to check out.
 *
 * @param WC_Session $session Theirs.
 * @return bool
 */
function regulars_is_checkout( $session ) {
	if ( ! $session->get( 'regulars_checkout' ) && ( is_checkout() || '' !== regulars_agreed_email() ) ) {
		$session->set( 'regulars_checkout', true );
	}
	return (bool) $session->get( 'regulars_checkout' );
}

/**
 * Put a state of this cart in line.
 *
 * @param string               $stage   cart, checkout, emptied or ordered.
 * @param array<string, mixed> $facts   Who and what.
 * @param string               $cart_id Which cart; the one of this session where none is named.
 */
function regulars_emit_cart( $stage, array $facts, $cart_id = '' ) {
	$cart_id = '' === $cart_id ? regulars_cart_id() : $cart_id;
	$link    = '';
	if ( ! empty( $facts['lines'] ) && function_exists( 'regulars_recovery_url' ) && in_array( $stage, array( 'cart', 'checkout' ), true ) ) {
		$link = (string) regulars_recovery_url( WC()->cart, $cart_id );
	}
	regulars_emit(
		'cart.changed',
		array_merge(
			array(
				'cart_id'      => $cart_id,
				'stage'        => $stage,
				'customer_id'  => null,
				'email'        => null,
				'phone'        => null,
				'visitor_id'   => null,
				'locale'       => determine_locale(),
				'currency'     => get_woocommerce_currency(),
				'total'        => regulars_money( 0 ),
				'lines'        => array(),
				'recovery_url' => '' === $link ? null : $link,
			),
			$facts
		),
		'cart:' . $cart_id
	);
}

// The number is given with the first item, not at the end of the request: a page's next request may read the session
// before this one has kept it, and would give the cart a second number.
add_action(
	'woocommerce_add_to_cart',
	static function () {
		if ( WC()->session && regulars_is_connected() ) {
			regulars_cart_id();
		}
	},
	5
);
// The number is given at once: what is set at the end of a request can be lost to the page's next one, which has read
// the session by then and writes its own copy back.
add_action(
	'woocommerce_add_to_cart',
	static function () {
		if ( regulars_is_connected() && WC()->session ) {
			regulars_cart_id();
		}
	},
	5,
	0
);
add_action( 'woocommerce_cart_updated', 'regulars_cart_touched' );
add_action( 'woocommerce_cart_emptied', 'regulars_cart_touched' );
add_action( 'woocommerce_after_cart_item_quantity_update', 'regulars_cart_touched' );
add_action( 'woocommerce_cart_item_removed', 'regulars_cart_touched' );
add_action( 'template_redirect', 'regulars_cart_at_checkout' );

/**
 * The page of the checkout was opened: the cart has come so far.
 */
function regulars_cart_at_checkout() {
	if ( is_checkout() && ! is_order_received_page() && ! is_checkout_pay_page() ) {
		regulars_cart_touched();
	}
}
