<?php
/**
 * The way to Regulars. WordPress refuses private addresses and unusual ports; here exactly one origin is let through,
 * the one an administrator connected or typed. Nothing else opens.
 *
 * @package Regulars
 */

defined( 'ABSPATH' ) || exit;

/**
 * Whether an address lies at our Regulars: same scheme, host and port.
 *
 * @param string $url The address.
 * @return bool
 */
function regulars_is_ours( $url ) {
	$engine = regulars_engine();
	return '' !== $engine && regulars_origin( $url ) === regulars_origin( $engine );
}

add_filter(
	'http_request_host_is_external',
	static function ( $is_external, $host, $url ) {
		return $is_external || regulars_is_ours( $url );
	},
	10,
	3
);

add_filter(
	'http_allowed_safe_ports',
	static function ( $ports, $host, $url ) {
		$port = wp_parse_url( $url, PHP_URL_PORT );
		return $port && regulars_is_ours( $url ) ? array_merge( $ports, array( $port ) ) : $ports;
	},
	10,
	3
);

/**
 * This moment, fine enough that a yes and the no after it never fall together.
 *
 * @return string
 */
function regulars_now() {
	return ( new DateTimeImmutable( 'now', new DateTimeZone( 'UTC' ) ) )->format( 'Y-m-d\TH:i:s.u\Z' );
}

/**
 * The header that proves a body: its time and the HMAC of both under the shop's secret.
 *
 * @param string $body   The exact bytes that are sent.
 * @param string $secret The shop's secret.
 * @param int    $now    Seconds since 1970.
 * @return string
 */
function regulars_signature( $body, $secret, $now ) {
	return 't=' . $now . ',v1=' . hash_hmac( 'sha256', $now . '.' . $body, $secret );
}

/**
 * Send a signed body to Regulars. Only jobs and administrators wait for this, never a shopper.
 *
 * @param string $url      Where to.
 * @param string $topic    What it is about.
 * @param string $event_id Under which number it is known.
 * @param string $body     JSON.
 * @param int    $seconds  How long to wait for the answer.
 * @return array<string, mixed>|WP_Error
 */
function regulars_post( $url, $topic, $event_id, $body, $seconds = 10 ) {
	$connection = regulars_connection();
	return wp_safe_remote_post(
		$url,
		array(
			'timeout'             => $seconds,
			'redirection'         => 0,
			'limit_response_size' => 1024 * 1024,
			'user-agent'          => 'Regulars for WooCommerce/' . REGULARS_VERSION,
			'headers'             => array(
				'Content-Type'         => 'application/json',
				'X-Regulars-Topic'     => $topic,
				'X-Regulars-Event-Id'  => $event_id,
				'X-Regulars-Signature' => regulars_signature( $body, $connection['secret'], time() ),
			),
			'body'                => $body,
		)
	);
}

/**
 * Ask Regulars something for an administrator and wait for the answer.
 *
 * @param string               $what `export` or `erase`.
 * @param array<string, mixed> $asked What is asked.
 * @return array<string, mixed>|WP_Error The answer.
 */
function regulars_ask( $what, array $asked ) {
	$connection = regulars_connection();
	if ( ! $connection ) {
		return new WP_Error( 'regulars_not_connected', __( 'This shop is not connected with Regulars.', 'regulars-for-woocommerce' ) );
	}
	$url    = $connection['engine'] . '/v1/site/' . rawurlencode( $connection['slug'] ) . '/' . $what;
	$topic  = 'privacy.' . $what;
	$body   = (string) wp_json_encode( array( 'topic' => $topic ) + $asked ); // Signed with it: no wish passes for another.
	$answer = regulars_post( $url, $topic, wp_generate_uuid4(), $body, 20 );
	$told   = is_wp_error( $answer ) ? null : json_decode( wp_remote_retrieve_body( $answer ), true );
	if ( is_wp_error( $answer ) || wp_remote_retrieve_response_code( $answer ) >= 300 || ! is_array( $told ) ) {
		return new WP_Error( 'regulars_silent', __( 'Regulars gave no answer. Please look whether it is running, and try again.', 'regulars-for-woocommerce' ) );
	}
	return $told;
}
