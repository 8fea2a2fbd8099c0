<?php
/**
 * What a visitor agreed to, and under which number the browser is known.
 *
 * @package Regulars
 */

defined( 'ABSPATH' ) || exit;

/**
 * Whether the visitor of this request agreed to personal recommendations.
 *
 * A consent plugin that speaks the WP Consent API decides. Without one nobody has agreed, unless the merchant said that
 * consent is asked for in another way.
 *
 * @return bool
 */
function regulars_may_remember() {
	if ( function_exists( 'wp_has_consent' ) && '' !== (string) apply_filters( 'wp_get_consent_type', '' ) ) {
		return (bool) wp_has_consent( 'marketing' );
	}
	return 'elsewhere' === regulars_setting( 'consent', 'required' );
}

/**
 * The visitor id that the storefront script keeps in the cookie `regulars_visitor`, or ''. Only who agreed has one.
 *
 * @return string
 */
function regulars_visitor_id() {
	if ( ! regulars_may_remember() || ! isset( $_COOKIE['regulars_visitor'] ) ) {
		return '';
	}
	$id = sanitize_text_field( wp_unslash( $_COOKIE['regulars_visitor'] ) );
	return preg_match( '/^[0-9a-f]{32}$/', $id ) ? $id : '';
}
