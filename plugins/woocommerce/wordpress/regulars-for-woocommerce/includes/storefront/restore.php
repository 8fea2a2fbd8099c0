<?php
/**
 * Somebody, or their mail program, follows the link to a cart.
 *
 * It fills the cart of whoever opened it, in their own session. The restored cart goes by a name of its own, so that a
 * mail filter that opens every link changes nothing about the cart that was left.
 *
 * @package Regulars
 */

defined( 'ABSPATH' ) || exit;

const REGULARS_RESTORED_SESSION = 'regulars_restored_from';

/**
 * Fill the cart and lead to it, without the token in the address.
 */
function regulars_follow_recovery_link(): void {
	// phpcs:ignore WordPress.Security.NonceVerification, WordPress.Security.ValidatedSanitizedInput -- the token is the permission, and is held to its form.
	$token = $_GET[ REGULARS_RECOVERY_ARGUMENT ] ?? null;
	if ( null === $token || ! WC()->cart || ! WC()->session ) {
		return;
	}
	$kept = regulars_find_snapshot( $token );
	if ( ! WC()->session->has_session() ) {
		WC()->session->set_customer_session_cookie( true );
	}
	if ( null === $kept ) {
		wc_add_notice( __( 'This link has ended. Your cart is as you left it here.', 'regulars-for-woocommerce' ), 'notice' );
	} else {
		regulars_restore( $kept );
	}
	nocache_headers();
	header( 'Referrer-Policy: no-referrer' );
	header( 'X-Robots-Tag: noindex, nofollow' );
	// What a letter's link says about where the shopper came from stays; only the token goes.
	wp_safe_redirect( regulars_place_after_link() );
	exit;
}

/**
 * Return the cart's address with the utm arguments that came along.
 */
function regulars_place_after_link(): string {
	$kept = array();
	// phpcs:ignore WordPress.Security.NonceVerification -- nothing is done with them but to pass them on.
	foreach ( $_GET as $name => $value ) {
		if ( is_string( $name ) && 0 === strpos( $name, 'utm_' ) && is_string( $value ) ) {
			$kept[ sanitize_key( $name ) ] = rawurlencode( sanitize_text_field( wp_unslash( $value ) ) );
		}
	}
	return add_query_arg( $kept, wc_get_cart_url() );
}

/**
 * Put into the cart exactly what lay in it.
 *
 * @param array<string, mixed> $kept The snapshot.
 */
function regulars_restore( array $kept ): void {
	$cart = WC()->cart;
	// Compared as JSON: 2 and 2.0 are one number there.
	$now    = wp_json_encode( regulars_snapshot( $cart ) );
	$wanted = wp_json_encode( array_intersect_key( $kept, array_flip( array( 'lines', 'coupons' ) ) ) );
	if ( $now !== $wanted ) {
		// The link has just been followed: it goes on, in whosever session that was.
		remove_action( 'woocommerce_cart_emptied', 'regulars_forget_recovery' );
		$cart->empty_cart();
		add_action( 'woocommerce_cart_emptied', 'regulars_forget_recovery' );
		$missing = 0;
		foreach ( $kept['lines'] as $line ) {
			$missing += regulars_put_back( $line ) ? 0 : 1;
		}
		foreach ( $kept['coupons'] as $code ) {
			$cart->apply_coupon( (string) $code );
		}
		if ( $missing ) {
			wc_add_notice( __( 'Something that lay in your cart is not to be had just now, and was left out.', 'regulars-for-woocommerce' ), 'notice' );
		}
	}
	WC()->session->set( REGULARS_RESTORED_SESSION, $kept['cart_id'] );
}

/**
 * Put one line back.
 *
 * @param array<string, mixed> $line The line.
 */
function regulars_put_back( array $line ): bool {
	$product_id   = (int) ( $line['product_id'] ?? 0 );
	$variation_id = (int) ( $line['variation_id'] ?? 0 );
	$quantity     = (float) ( $line['quantity'] ?? 0 );
	$variation    = (array) ( $line['variation'] ?? array() );
	$quantity     = floor( $quantity ) === $quantity ? (int) $quantity : $quantity;
	if ( $product_id <= 0 || $quantity <= 0 ) {
		return false;
	}
	try {
		// phpcs:ignore WordPress.NamingConventions.PrefixAllGlobals -- WooCommerce's own question, which its form asks too.
		$may = apply_filters( 'woocommerce_add_to_cart_validation', true, $product_id, $quantity, $variation_id, $variation );
		return $may && false !== WC()->cart->add_to_cart( $product_id, $quantity, $variation_id, $variation, (array) ( $line['extra'] ?? array() ) );
	} catch ( Exception $error ) {
		return false;
	}
}
