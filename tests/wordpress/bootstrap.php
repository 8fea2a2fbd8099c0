<?php
/**
 * As much of WordPress and WooCommerce as the plugin's own rules need: hooks, options, one table, one session.
 *
 * Whether the plugin fits a real WordPress is tried with a real one; here its rules are held without it.
 *
 * @package Regulars
 */

define( 'ABSPATH', __DIR__ . '/' );
define( 'MINUTE_IN_SECONDS', 60 );
define( 'HOUR_IN_SECONDS', 3600 );
define( 'DAY_IN_SECONDS', 86400 );
define( 'REGULARS_VERSION', '0.1.0' );
define( 'REGULARS_FILE', dirname( __DIR__, 2 ) . '/plugins/woocommerce/wordpress/regulars-for-woocommerce/regulars-for-woocommerce.php' );
define( 'REGULARS_DIR', dirname( REGULARS_FILE ) );

require_once __DIR__ . '/stubs/wordpress.php';
require_once __DIR__ . '/stubs/woocommerce.php';
require_once __DIR__ . '/stubs/table.php';
foreach ( array( 'connection', 'outgoing', 'consent', 'queue', 'rest', 'people', 'carts', 'checkout', 'orders', 'reviews', 'deletions', 'privacy', 'goodbye' ) as $part ) {
	require_once REGULARS_DIR . "/includes/{$part}.php";
}
if ( class_exists( 'PHPUnit\Framework\TestCase' ) ) {
	require_once __DIR__ . '/ShopCase.php';
}
