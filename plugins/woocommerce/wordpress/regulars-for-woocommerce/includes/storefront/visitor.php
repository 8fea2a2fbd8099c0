<?php
/**
 * The visitor who agreed to be remembered, as the storefront's script told us in a cookie of the shop's own.
 *
 * @package Regulars
 */

defined( 'ABSPATH' ) || exit;

const REGULARS_VISITOR_COOKIE = 'regulars_visitor';

/**
 * Return the visitor's id, or nothing for somebody who did not agree.
 */
function regulars_visitor_id(): ?string {
	// phpcs:ignore WordPress.Security.ValidatedSanitizedInput -- held to 32 hex digits below.
	$told = $_COOKIE[ REGULARS_VISITOR_COOKIE ] ?? '';
	return is_string( $told ) && preg_match( '/\A[0-9a-f]{32}\z/', $told ) ? $told : null;
}
