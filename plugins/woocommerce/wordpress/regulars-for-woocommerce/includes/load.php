<?php
/**
 * What the plugin is made of. Loaded once, after all plugins and only beside WooCommerce.
 *
 * @package Regulars
 */

defined( 'ABSPATH' ) || exit;

require_once __DIR__ . '/words.php';
require_once __DIR__ . '/connection.php';
require_once __DIR__ . '/outgoing.php';
require_once __DIR__ . '/consent.php';
require_once __DIR__ . '/queue.php';
require_once __DIR__ . '/rest.php';
require_once __DIR__ . '/people.php';
require_once __DIR__ . '/carts.php';
require_once __DIR__ . '/checkout.php';
require_once __DIR__ . '/orders.php';
require_once __DIR__ . '/reviews.php';
require_once __DIR__ . '/deletions.php';
require_once __DIR__ . '/privacy.php';
if ( is_admin() ) {
	require_once __DIR__ . '/goodbye.php';
	require_once __DIR__ . '/admin.php';
}

// The storefront stands for itself: without its folder everything else goes on working.
if ( is_readable( __DIR__ . '/storefront/load.php' ) ) {
	require_once __DIR__ . '/storefront/load.php';
}
