<?php
/**
 * Carts that can be come back to: what lay in them, under a random token that ends after 30 days.
 *
 * Only the token's digest is kept, and what is kept are plain facts in JSON: no serialized objects, no address of
 * anybody. The link fills a cart. It knows nobody, and signs nobody in.
 *
 * @package Regulars
 */

defined( 'ABSPATH' ) || exit;

const REGULARS_RECOVERY_ARGUMENT = 'regulars_cart';
const REGULARS_RECOVERY_SESSION  = 'regulars_recovery_token';
const REGULARS_RECOVERY_SECONDS  = 30 * DAY_IN_SECONDS;
const REGULARS_LARGEST_SNAPSHOT  = 65536;

/**
 * Keep what lies in the cart, and return the link that fills it again; the same link for one cart.
 *
 * @param WC_Cart $cart    The shopper's cart.
 * @param string  $cart_id What we call it.
 */
function regulars_recovery_url( WC_Cart $cart, string $cart_id = '' ): string {
	$snapshot = wp_json_encode( regulars_snapshot( $cart ) );
	if ( ! WC()->session || $cart->is_empty() || ! $snapshot || strlen( $snapshot ) > REGULARS_LARGEST_SNAPSHOT ) {
		return '';
	}
	$token = regulars_recovery_token();
	return regulars_keep_snapshot( $token, $cart_id, $snapshot )
		? add_query_arg( REGULARS_RECOVERY_ARGUMENT, $token, wc_get_cart_url() )
		: '';
}

/**
 * Return this session's token, made once.
 *
 * Made as soon as something is put into the cart: what is set at the end of a request can be lost to the page's next
 * request, which has read the session by then and writes its own copy.
 */
function regulars_recovery_token(): string {
	$token = WC()->session ? WC()->session->get( REGULARS_RECOVERY_SESSION ) : null;
	if ( ! regulars_is_token( $token ) ) {
		$token = bin2hex( random_bytes( 32 ) );
		if ( WC()->session ) {
			WC()->session->set( REGULARS_RECOVERY_SESSION, $token );
		}
	}
	return $token;
}

/**
 * Return what lies in a cart, so that it can be put there again.
 *
 * @param WC_Cart $cart The cart.
 * @return array{lines: array<int, array<string, mixed>>, coupons: string[]}
 */
function regulars_snapshot( WC_Cart $cart ): array {
	$lines = array();
	foreach ( $cart->get_cart() as $line ) {
		$lines[] = array(
			'product_id'   => (int) $line['product_id'],
			'variation_id' => (int) ( $line['variation_id'] ?? 0 ),
			'variation'    => (array) ( $line['variation'] ?? array() ),
			'quantity'     => (float) $line['quantity'],
			'extra'        => regulars_extra( $line ),
		);
	}
	return array(
		'lines'   => $lines,
		'coupons' => array_values( array_map( 'strval', $cart->get_applied_coupons() ) ),
	);
}

/**
 * Return what other plugins added to a line, such as an engraving, where it is made of plain values.
 *
 * @param array<string, mixed> $line A line of the cart.
 * @return array<string, mixed>
 */
function regulars_extra( array $line ): array {
	$ours  = array( 'key', 'product_id', 'variation_id', 'variation', 'quantity', 'data', 'data_hash' );
	$sums  = array( 'line_tax_data', 'line_subtotal', 'line_subtotal_tax', 'line_total', 'line_tax' );
	$extra = array_diff_key( $line, array_flip( array_merge( $ours, $sums ) ) );
	return array_filter( $extra, 'regulars_is_plain' );
}

/**
 * Tell whether a value is made of numbers, words and lists of them only.
 *
 * @param mixed $value The value.
 */
function regulars_is_plain( $value ): bool {
	if ( is_array( $value ) ) {
		return count( $value ) === count( array_filter( $value, 'regulars_is_plain' ) );
	}
	return null === $value || is_scalar( $value );
}

/**
 * Write a snapshot down.
 *
 * @param string $token    The link's token.
 * @param string $cart_id  What we call the cart.
 * @param string $snapshot What lies in it, as JSON.
 */
function regulars_keep_snapshot( string $token, string $cart_id, string $snapshot ): bool {
	global $wpdb;
	// phpcs:ignore WordPress.DB.DirectDatabaseQuery -- our own table.
	return false !== $wpdb->replace(
		regulars_carts_table(),
		array(
			'token_hash'  => hash( 'sha256', $token ),
			'cart_id'     => substr( $cart_id, 0, 64 ),
			'customer_id' => get_current_user_id(),
			'snapshot'    => $snapshot,
			'expires_at'  => gmdate( 'Y-m-d H:i:s', time() + REGULARS_RECOVERY_SECONDS ),
		),
		array( '%s', '%s', '%d', '%s', '%s' )
	);
}

/**
 * Find the snapshot behind a token.
 *
 * @param mixed $token What came in the address.
 * @return array{cart_id: string, lines: array<int, array<string, mixed>>, coupons: string[]}|null
 */
function regulars_find_snapshot( $token ): ?array {
	global $wpdb;
	if ( ! regulars_is_token( $token ) ) {
		return null;
	}
	// phpcs:ignore WordPress.DB.DirectDatabaseQuery -- our own table, and a link must not come from a cache.
	$row  = $wpdb->get_row(
		$wpdb->prepare(
			'SELECT cart_id, snapshot FROM %i WHERE token_hash = %s AND expires_at > %s',
			regulars_carts_table(),
			hash( 'sha256', $token ),
			gmdate( 'Y-m-d H:i:s' )
		),
		ARRAY_A
	);
	$kept = $row ? json_decode( $row['snapshot'], true ) : null;
	if ( ! is_array( $kept ) || ! is_array( $kept['lines'] ?? null ) || ! is_array( $kept['coupons'] ?? null ) ) {
		return null;
	}
	return array(
		'cart_id' => (string) $row['cart_id'],
		'lines'   => $kept['lines'],
		'coupons' => $kept['coupons'],
	);
}

/**
 * Tell whether something is a token of ours.
 *
 * @param mixed $token Anything.
 */
function regulars_is_token( $token ): bool {
	return is_string( $token ) && 1 === preg_match( '/\A[0-9a-f]{64}\z/', $token );
}

/**
 * Let the link of this shopper's cart end: it was bought, or emptied.
 */
function regulars_forget_recovery(): void {
	global $wpdb;
	$token = WC()->session ? WC()->session->get( REGULARS_RECOVERY_SESSION ) : null;
	if ( ! regulars_is_token( $token ) ) {
		return;
	}
	// phpcs:ignore WordPress.DB.DirectDatabaseQuery -- our own table.
	$wpdb->delete( regulars_carts_table(), array( 'token_hash' => hash( 'sha256', $token ) ), array( '%s' ) );
	WC()->session->set( REGULARS_RECOVERY_SESSION, null );
}

/**
 * Let the links to a cart end when it is ordered, by whichever of them the shopper came back.
 *
 * @param mixed $order_id The order's number.
 * @param mixed $from     What it was.
 * @param mixed $to       What it is.
 * @param mixed $order    The order.
 */
function regulars_end_links( $order_id, $from, $to, $order = null ): void {
	global $wpdb;
	$cart_id = $order instanceof WC_Order ? (string) $order->get_meta( '_regulars_cart' ) : '';
	if ( '' !== $cart_id && in_array( $to, array( 'processing', 'completed', 'on-hold' ), true ) ) {
		// phpcs:ignore WordPress.DB.DirectDatabaseQuery -- our own table.
		$wpdb->delete( regulars_carts_table(), array( 'cart_id' => $cart_id ), array( '%s' ) );
	}
}

/**
 * Delete the kept carts of somebody with an account.
 *
 * @param int $customer_id Their number.
 */
function regulars_erase_storefront( int $customer_id ): void {
	global $wpdb;
	if ( $customer_id > 0 ) {
		// phpcs:ignore WordPress.DB.DirectDatabaseQuery -- our own table.
		$wpdb->delete( regulars_carts_table(), array( 'customer_id' => $customer_id ), array( '%d' ) );
	}
}

/**
 * Look through the table once a day.
 */
function regulars_plan_cart_cleaning(): void {
	if ( ! as_has_scheduled_action( 'regulars_clean_carts' ) ) {
		as_schedule_recurring_action( time() + DAY_IN_SECONDS, DAY_IN_SECONDS, 'regulars_clean_carts', array(), 'regulars', true );
	}
}

/**
 * Delete what has ended.
 */
function regulars_clean_carts(): void {
	global $wpdb;
	// phpcs:ignore WordPress.DB.DirectDatabaseQuery -- our own table.
	$wpdb->query( $wpdb->prepare( 'DELETE FROM %i WHERE expires_at <= %s', regulars_carts_table(), gmdate( 'Y-m-d H:i:s' ) ) );
}
