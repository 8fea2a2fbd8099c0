<?php
/**
 * Plugin Name:          Regulars for WooCommerce
 * Description:          Connects your shop with your own Regulars: recommendations with a reason, and one e-mail about a cart that was left, to people who agreed to it.
 * Version:              0.1.0
 * Requires at least:    6.5
 * Requires PHP:         7.4
 * Requires Plugins:     woocommerce
 * WC requires at least: 9.0
 * WC tested up to:      11.0
 * Author:               The Regulars authors
 * License:              GPL-2.0-or-later
 * License URI:          https://www.gnu.org/licenses/gpl-2.0.html
 * Text Domain:          regulars-for-woocommerce
 * Domain Path:          /languages
 *
 * @package Regulars
 */

defined( 'ABSPATH' ) || exit;

define( 'REGULARS_VERSION', '0.1.0' );
define( 'REGULARS_FILE', __FILE__ );
define( 'REGULARS_DIR', __DIR__ );

add_action(
	'before_woocommerce_init',
	static function () {
		if ( class_exists( '\Automattic\WooCommerce\Utilities\FeaturesUtil' ) ) {
			foreach ( array( 'custom_order_tables', 'cart_checkout_blocks', 'product_block_editor' ) as $regulars_feature ) {
				\Automattic\WooCommerce\Utilities\FeaturesUtil::declare_compatibility( $regulars_feature, REGULARS_FILE, true );
			}
		}
	}
);

add_action(
	'plugins_loaded',
	static function () {
		if ( function_exists( 'WC' ) ) {
			require_once REGULARS_DIR . '/includes/load.php';
		}
	}
);

// Asleep, nothing is carried. The connection and what waits stay for the day the plugin is turned on again.
register_deactivation_hook(
	__FILE__,
	static function () {
		if ( function_exists( 'as_unschedule_all_actions' ) ) {
			as_unschedule_all_actions( '', array(), 'regulars' );
		}
	}
);
