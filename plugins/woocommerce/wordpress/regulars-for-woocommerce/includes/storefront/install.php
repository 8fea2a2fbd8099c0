<?php
/**
 * The table of carts that can be come back to. Needs no WooCommerce: uninstall.php uses it too.
 *
 * @package Regulars
 */

defined( 'ABSPATH' ) || exit;

const REGULARS_STOREFRONT_TABLES = '1';

/**
 * Return the table's name.
 */
function regulars_carts_table(): string {
	global $wpdb;
	return $wpdb->prefix . 'regulars_carts';
}

/**
 * Make the table where it is not there yet.
 */
function regulars_install_storefront(): void {
	global $wpdb;
	if ( REGULARS_STOREFRONT_TABLES === get_option( 'regulars_storefront_tables' ) ) {
		return;
	}
	require_once ABSPATH . 'wp-admin/includes/upgrade.php';
	$table = regulars_carts_table();
	dbDelta(
		"CREATE TABLE $table (
			token_hash char(64) NOT NULL,
			cart_id varchar(64) NOT NULL DEFAULT '',
			customer_id bigint(20) unsigned NOT NULL DEFAULT 0,
			snapshot longtext NOT NULL,
			expires_at datetime NOT NULL,
			PRIMARY KEY  (token_hash),
			KEY cart_id (cart_id),
			KEY expires_at (expires_at),
			KEY customer_id (customer_id)
		) {$wpdb->get_charset_collate()};"
	);
	update_option( 'regulars_storefront_tables', REGULARS_STOREFRONT_TABLES );
}

/**
 * Take everything of the storefront out again.
 */
function regulars_uninstall_storefront(): void {
	global $wpdb;
	// phpcs:ignore WordPress.DB.DirectDatabaseQuery, WordPress.DB.PreparedSQL -- our own table, on the way out.
	$wpdb->query( 'DROP TABLE IF EXISTS ' . regulars_carts_table() );
	delete_option( 'regulars_storefront' );
	delete_option( 'regulars_storefront_tables' );
	delete_transient( 'regulars_resting' );
	delete_transient( 'regulars_asleep' );
	if ( function_exists( 'as_unschedule_all_actions' ) ) {
		as_unschedule_all_actions( 'regulars_clean_carts' );
	}
}
