<?php
/**
 * Where the plugin's translations lie: with the plugin, also those of the block's editor script.
 *
 * @package Regulars
 */

defined( 'ABSPATH' ) || exit;

load_plugin_textdomain( 'regulars-for-woocommerce', false, dirname( plugin_basename( REGULARS_FILE ) ) . '/languages' );

add_action(
	'init',
	static function () {
		wp_set_script_translations( 'regulars-recommendations-editor-script', 'regulars-for-woocommerce', REGULARS_DIR . '/languages' );
	},
	20 // After the block is registered.
);
