<?php
/**
 * The plugin is deleted: nothing of it stays in this shop, and Regulars is told.
 *
 * @package Regulars
 */

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

defined( 'REGULARS_VERSION' ) || define( 'REGULARS_VERSION', '0.1.0' );
defined( 'REGULARS_FILE' ) || define( 'REGULARS_FILE', __DIR__ . '/regulars-for-woocommerce.php' );
defined( 'REGULARS_DIR' ) || define( 'REGULARS_DIR', __DIR__ );

require_once __DIR__ . '/includes/connection.php';
require_once __DIR__ . '/includes/outgoing.php';
require_once __DIR__ . '/includes/queue.php';
require_once __DIR__ . '/includes/goodbye.php';
if ( is_readable( __DIR__ . '/includes/storefront/install.php' ) ) {
	require_once __DIR__ . '/includes/storefront/install.php';
}

$regulars_sites = is_multisite() ? get_sites( array( 'fields' => 'ids', 'number' => 0 ) ) : array( 0 ); // phpcs:ignore
foreach ( $regulars_sites as $regulars_site ) {
	if ( $regulars_site ) {
		switch_to_blog( $regulars_site );
	}
	regulars_goodbye();
	if ( function_exists( 'regulars_uninstall_storefront' ) ) {
		regulars_uninstall_storefront();
	}
	if ( $regulars_site ) {
		restore_current_blog();
	}
}
