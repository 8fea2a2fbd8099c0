<?php
/**
 * An order remembers from which cart and which browser it came, and the cart ends when the order is real.
 *
 * @package Regulars
 */

defined( 'ABSPATH' ) || exit;

const REGULARS_ORDER_CART    = '_regulars_cart';
const REGULARS_ORDER_VISITOR = '_regulars_visitor';
const REGULARS_ORDER_SESSION = '_regulars_cart_of_session';

/**
 * Write down where an order came from. A cart brought back by a letter's link is the letter's cart.
 *
 * @param WC_Order $order Not kept yet, or just kept.
 */
function regulars_mark_order( $order ) {
	if ( ! regulars_is_connected() || ! WC()->session ) {
		return;
	}
	$own      = (string) WC()->session->get( REGULARS_CART, '' );
	$restored = (string) WC()->session->get( 'regulars_restored_from', '' );
	$visitor  = regulars_known_visitor();
	if ( '' !== $own . $restored ) {
		$order->update_meta_data( REGULARS_ORDER_CART, '' !== $restored ? $restored : $own );
		$order->update_meta_data( REGULARS_ORDER_SESSION, $own );
	}
	if ( $visitor ) {
		$order->update_meta_data( REGULARS_ORDER_VISITOR, $visitor );
	}
}

add_action( 'woocommerce_checkout_create_order', 'regulars_mark_order' );
add_action(
	'woocommerce_store_api_checkout_update_order_meta',
	static function ( $order ) {
		regulars_mark_order( $order );
		$order->save_meta_data();
	}
);

// Classic checkout: without scripts the tick comes only with the order.
add_action(
	'woocommerce_checkout_order_processed',
	static function ( $order_id, $posted, $order = null ) {
		$order = $order ? $order : wc_get_order( $order_id );
		if ( $order && regulars_asks() ) {
			regulars_hear( $order->get_billing_email(), ! empty( $posted[ REGULARS_CLASSIC_FIELD ] ), 'checkout' );
		}
	},
	10,
	3
);

/**
 * End the carts of an order that is real now: paid, or to be paid on delivery or by transfer.
 *
 * @param int      $order_id Its number.
 * @param string   $from     Its state before.
 * @param string   $to       Its state now.
 * @param WC_Order $order    The order.
 */
function regulars_end_carts( $order_id, $from, $to, $order ) {
	if ( ! in_array( $to, array( 'processing', 'completed', 'on-hold' ), true ) || ! in_array( $from, array( 'pending', 'failed', 'checkout-draft' ), true ) ) {
		return;
	}
	$carts = array_unique( array_filter( array( $order->get_meta( REGULARS_ORDER_CART ), $order->get_meta( REGULARS_ORDER_SESSION ) ) ) );
	foreach ( $carts as $cart_id ) {
		regulars_emit_cart(
			'ordered',
			array(
				'customer_id' => $order->get_customer_id() ? $order->get_customer_id() : null,
				'visitor_id'  => $order->get_meta( REGULARS_ORDER_VISITOR ) ? $order->get_meta( REGULARS_ORDER_VISITOR ) : null,
				'currency'    => $order->get_currency(),
				'total'       => regulars_money( $order->get_total() ),
			),
			$cart_id
		);
	}
	regulars_leave_cart( $order );
}
add_action( 'woocommerce_order_status_changed', 'regulars_end_carts', 10, 4 );

/**
 * Let this session's next cart be a new one, if its last one became this order.
 *
 * @param WC_Order $order The order.
 */
function regulars_leave_cart( $order ) {
	$session = WC()->session;
	$own     = $session ? (string) $session->get( REGULARS_CART, '' ) : '';
	if ( '' === $own || $order->get_meta( REGULARS_ORDER_SESSION ) !== $own ) {
		return;
	}
	foreach ( array( REGULARS_CART, REGULARS_TOLD, REGULARS_SAID, 'regulars_checkout', 'regulars_tick', 'regulars_restored_from' ) as $name ) {
		$session->set( $name, null );
	}
	if ( function_exists( 'regulars_forget_recovery' ) ) {
		regulars_forget_recovery();
	}
}

// Paid elsewhere, and back at the thank-you page: before WooCommerce empties the cart there.
add_action(
	'template_redirect',
	static function () {
		$order_id = is_order_received_page() ? absint( get_query_var( 'order-received' ) ) : 0;
		$order    = $order_id ? wc_get_order( $order_id ) : null;
		$key      = isset( $_GET['key'] ) ? sanitize_text_field( wp_unslash( $_GET['key'] ) ) : ''; // phpcs:ignore WordPress.Security.NonceVerification
		if ( $order && hash_equals( $order->get_order_key(), $key ) && ! $order->has_status( array( 'failed', 'pending' ) ) ) {
			regulars_leave_cart( $order );
		}
	},
	10
);

// While Regulars writes about carts that were left, WooCommerce's own letter rests: nobody gets two.
add_filter(
	'woocommerce_abandoned_cart_recovery_suppress',
	static function ( $is_suppressed ) {
		return $is_suppressed || ( regulars_is_connected() && (bool) regulars_setting( 'reminds', true ) );
	}
);
