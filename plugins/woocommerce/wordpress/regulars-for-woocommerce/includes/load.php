<?php
/**
 * What the plugin is made of. Loaded once, after all plugins and only beside WooCommerce.
 *
 * @package Regulars
 */

defined( 'ABSPATH' ) || exit;

require_once __DIR__ . '/connection.php';
require_once __DIR__ . '/consent.php';
require_once __DIR__ . '/queue.php';

// The storefront stands for itself: without its folder everything else goes on working.
if ( is_readable( __DIR__ . '/storefront/load.php' ) ) {
	require_once __DIR__ . '/storefront/load.php';
}
