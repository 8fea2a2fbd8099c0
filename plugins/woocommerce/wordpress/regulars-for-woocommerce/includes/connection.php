<?php
/**
 * To which Regulars this shop is connected, kept in one option that is loaded only when it is asked for.
 *
 * @package Regulars
 */

defined( 'ABSPATH' ) || exit;

const REGULARS_CONNECTION = 'regulars_connection';
const REGULARS_SETTINGS   = 'regulars_settings';
const REGULARS_ENGINE     = 'regulars_engine';

/**
 * The connection: engine (its address, without a slash at the end), slug, public_key, secret, webhook_url. Nothing where there is none.
 *
 * @return array<string, string>
 */
function regulars_connection() {
	$kept = get_option( REGULARS_CONNECTION, array() );
	return is_array( $kept ) && ! empty( $kept['webhook_url'] ) && ! empty( $kept['secret'] ) ? $kept : array();
}

/**
 * Whether a Regulars has connected itself here.
 *
 * @return bool
 */
function regulars_is_connected() {
	return array() !== regulars_connection();
}

/**
 * Where the Regulars of this shop is: the connected one, or the one the merchant typed and is about to connect.
 *
 * @return string An origin such as https://regulars.example, or ''.
 */
function regulars_engine() {
	$connection = regulars_connection();
	return isset( $connection['engine'] ) ? $connection['engine'] : (string) get_option( REGULARS_ENGINE, '' );
}

/**
 * An address reduced to its origin, or '' where it is none a Regulars could have.
 *
 * @param string $address What was typed.
 * @return string
 */
function regulars_origin( $address ) {
	$address = trim( (string) $address );
	if ( '' !== $address && false === strpos( $address, '://' ) ) {
		$address = 'https://' . $address;
	}
	$parts = wp_parse_url( $address );
	if ( ! is_array( $parts ) || empty( $parts['host'] ) || isset( $parts['user'] ) || isset( $parts['pass'] ) ) {
		return '';
	}
	$scheme = strtolower( isset( $parts['scheme'] ) ? $parts['scheme'] : '' );
	$host   = strtolower( $parts['host'] );
	if ( ! in_array( $scheme, array( 'http', 'https' ), true ) || ! preg_match( '/^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)$/', $host ) ) {
		return '';
	}
	$port  = isset( $parts['port'] ) ? (int) $parts['port'] : 0;
	$usual = array(
		'http'  => 80,
		'https' => 443,
	);
	return $scheme . '://' . $host . ( $port && $port !== $usual[ $scheme ] ? ':' . $port : '' );
}

/**
 * What is wrong with a connection somebody wants to make, or ''.
 *
 * @param array<string, mixed> $told engine, slug, public_key, secret, webhook_url.
 * @return string A sentence.
 */
function regulars_connection_trouble( array $told ) {
	foreach ( array( 'engine', 'slug', 'public_key', 'secret', 'webhook_url' ) as $name ) {
		if ( ! isset( $told[ $name ] ) || ! is_string( $told[ $name ] ) || '' === $told[ $name ] || strlen( $told[ $name ] ) > 500 ) {
			/* translators: %s: name of a value. */
			return sprintf( __( 'The value “%s” is missing.', 'regulars-for-woocommerce' ), $name );
		}
	}
	if ( '' === regulars_origin( $told['engine'] ) || ! preg_match( '~^https?://[^\s?#"<>]+$~i', $told['engine'] ) ) {
		return __( 'The address of Regulars is not one. Please write it as https://regulars.example.', 'regulars-for-woocommerce' );
	}
	if ( 0 !== strpos( $told['webhook_url'], untrailingslashit( $told['engine'] ) . '/' ) || regulars_origin( $told['webhook_url'] ) !== regulars_origin( $told['engine'] ) ) {
		return __( 'The address for events does not lie at this Regulars.', 'regulars-for-woocommerce' );
	}
	if ( strlen( $told['secret'] ) < 32 ) {
		return __( 'The secret is too short.', 'regulars-for-woocommerce' );
	}
	if ( ! preg_match( '/^[a-z0-9-]+$/', $told['slug'] ) || ! preg_match( '/^[0-9A-Za-z_-]+$/', $told['public_key'] ) ) {
		return __( 'The name or the public key of the shop is not as Regulars writes them.', 'regulars-for-woocommerce' );
	}
	return '';
}

/**
 * Keep a connection that was looked at.
 *
 * @param array<string, string> $told As in regulars_connection_trouble().
 */
function regulars_connect( array $told ) {
	$kept                 = array_intersect_key( $told, array_flip( array( 'engine', 'slug', 'public_key', 'secret', 'webhook_url' ) ) );
	$kept['engine']       = untrailingslashit( $kept['engine'] );
	$kept['connected_at'] = gmdate( 'Y-m-d\TH:i:s\Z' );
	update_option( REGULARS_CONNECTION, $kept, false );
	update_option( REGULARS_ENGINE, $kept['engine'], false );
	add_option( REGULARS_SETTINGS, array(), '', true ); // There, though empty: what is missing is looked for on each page.
	regulars_queue_install();
	regulars_queue_wake();
	do_action( 'regulars_connected' );
}

/**
 * Forget the connection and everything that waited to be told.
 */
function regulars_disconnect() {
	delete_option( REGULARS_CONNECTION );
	regulars_queue_empty();
	do_action( 'regulars_disconnected' );
}

/**
 * One of the merchant's choices.
 *
 * @param string $name     Its name.
 * @param mixed  $fallback What holds until the merchant chose.
 * @return mixed
 */
function regulars_setting( $name, $fallback = null ) {
	$kept = get_option( REGULARS_SETTINGS, array() );
	return is_array( $kept ) && array_key_exists( $name, $kept ) ? $kept[ $name ] : $fallback;
}
