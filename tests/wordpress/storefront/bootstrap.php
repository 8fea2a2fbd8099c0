<?php
/**
 * As much of a shop as its storefront needs: pages' conditions, products, transients, one table of carts.
 *
 * It runs in a process of its own, because the rest of the plugin is tested without a storefront.
 *
 * @package Regulars
 */

define( 'ABSPATH', __DIR__ . '/' );
define( 'DAY_IN_SECONDS', 86400 );
define( 'ARRAY_A', 'ARRAY_A' );
define( 'REGULARS_DIR', dirname( __DIR__, 3 ) . '/plugins/woocommerce/wordpress/regulars-for-woocommerce' );

require_once dirname( __DIR__ ) . '/stubs/wordpress.php';
require_once __DIR__ . '/stubs.php';
require_once REGULARS_DIR . '/includes/storefront/load.php';
require_once __DIR__ . '/StorefrontCase.php';
