<?php
/**
 * What a Regulars that holds this shop's WooCommerce keys may ask: connect, how is it, disconnect.
 *
 * The namespace begins with `wc-`, so that WooCommerce recognizes its own keys here.
 *
 * @package Regulars
 */

defined( 'ABSPATH' ) || exit;

/**
 * How it stands.
 *
 * @return array<string, mixed>
 */
function regulars_status() {
	return array(
		'version'      => REGULARS_VERSION,
		'is_connected' => regulars_is_connected(),
		'engine'       => regulars_engine(),
		'queued'       => regulars_queue_length(),
		'failed'       => (int) get_option( 'regulars_failed', 0 ),
		'trouble'      => (string) get_option( 'regulars_trouble', '' ),
		'consent'      => function_exists( 'regulars_consent_source' ) ? regulars_consent_source() : 'none',
		'placements'   => function_exists( 'regulars_active_placements' ) ? regulars_active_placements() : array(),
	);
}

add_action(
	'rest_api_init',
	static function () {
		$may = static function () {
			return current_user_can( 'manage_woocommerce' );
		};
		register_rest_route(
			'wc-regulars/v1',
			'/connect',
			array(
				'methods'             => 'POST',
				'permission_callback' => $may,
				'callback'            => static function ( WP_REST_Request $request ) {
					$told    = (array) $request->get_json_params();
					$trouble = regulars_connection_trouble( $told );
					if ( '' !== $trouble ) {
						return new WP_Error( 'regulars_not_connected', $trouble, array( 'status' => 400 ) );
					}
					regulars_connect( $told );
					return regulars_status();
				},
			)
		);
		register_rest_route(
			'wc-regulars/v1',
			'/status',
			array(
				'methods'             => 'GET',
				'permission_callback' => $may,
				'callback'            => 'regulars_status',
			)
		);
		register_rest_route(
			'wc-regulars/v1',
			'/disconnect',
			array(
				'methods'             => 'POST',
				'permission_callback' => $may,
				'callback'            => static function () {
					regulars_disconnect();
					return regulars_status();
				},
			)
		);
	}
);
