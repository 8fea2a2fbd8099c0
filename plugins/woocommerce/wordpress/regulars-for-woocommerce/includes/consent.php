<?php
/**
 * What a visitor agreed to.
 *
 * @package Regulars
 */

defined( 'ABSPATH' ) || exit;

add_filter( 'wp_consent_api_registered_' . plugin_basename( REGULARS_FILE ), '__return_true' );

/**
 * Whether the visitor of this request may be remembered.
 *
 * A consent plugin that speaks the WP Consent API decides. Where there is none, or none that says which law it follows
 * (the API then answers yes to everything), nobody has agreed, unless the merchant chose that the shop's own pages ask:
 * then the cookie is there only after a yes.
 *
 * @return bool
 */
function regulars_may_remember() {
	if ( function_exists( 'regulars_consent_source' ) && 'own' === regulars_consent_source() ) {
		return true;
	}
	return function_exists( 'wp_has_consent' ) && function_exists( 'wp_get_consent_type' ) && wp_get_consent_type() && wp_has_consent( 'marketing' );
}

/**
 * The number under which the browser of this request is known, or null. Only who agreed has one.
 *
 * @return string|null
 */
function regulars_known_visitor() {
	$id = function_exists( 'regulars_visitor_id' ) && regulars_may_remember() ? regulars_visitor_id() : '';
	return $id ? (string) $id : null;
}
