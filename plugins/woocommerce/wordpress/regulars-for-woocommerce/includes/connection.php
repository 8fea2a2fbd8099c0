<?php
/**
 * To which Regulars this shop is connected, kept in one option that is loaded only when it is asked for.
 *
 * @package Regulars
 */

defined( 'ABSPATH' ) || exit;

const REGULARS_CONNECTION = 'regulars_connection';
const REGULARS_SETTINGS   = 'regulars_settings';

/**
 * The connection: engine (origin), slug, public_key, secret, webhook_url. Every value is '' where there is none.
 *
 * @return array<string, string>
 */
function regulars_connection() {
	$nothing = array(
		'engine'      => '',
		'slug'        => '',
		'public_key'  => '',
		'secret'      => '',
		'webhook_url' => '',
	);
	$kept    = get_option( REGULARS_CONNECTION, array() );
	return array_merge( $nothing, is_array( $kept ) ? array_intersect_key( $kept, $nothing ) : array() );
}

/**
 * Whether a Regulars has connected itself here.
 *
 * @return bool
 */
function regulars_is_connected() {
	$connection = regulars_connection();
	return '' !== $connection['webhook_url'] && '' !== $connection['secret'];
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
