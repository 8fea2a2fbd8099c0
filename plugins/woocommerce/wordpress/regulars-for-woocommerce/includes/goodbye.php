<?php
/**
 * Leaving a shop: what uninstalling takes away.
 *
 * @package Regulars
 */

defined( 'ABSPATH' ) || exit;

/**
 * Take everything of the plugin out of this shop.
 */
function regulars_goodbye() {
	global $wpdb;
	regulars_leave();
	// phpcs:disable WordPress.DB
	$wpdb->query( $wpdb->prepare( 'DROP TABLE IF EXISTS %i', regulars_queue_table() ) );
	$wpdb->query( $wpdb->prepare( 'DELETE FROM %i WHERE meta_key = %s', $wpdb->usermeta, '_wc_other/regulars/opt-in' ) );
	// phpcs:enable
	foreach ( array( REGULARS_SETTINGS, REGULARS_ENGINE, 'regulars_schema', 'regulars_trouble' ) as $name ) {
		delete_option( $name );
	}
}

/**
 * End the connection on both sides. With its keys and webhooks left, Regulars would go on, and connect itself anew.
 */
function regulars_leave() {
	$connection = regulars_connection();
	if ( $connection ) {
		$event_id = wp_generate_uuid4();
		$body     = array(
			'v'           => 1,
			'topic'       => 'plugin.removed',
			'event_id'    => $event_id,
			'occurred_at' => regulars_now(),
			'data'        => new stdClass(),
		);
		// Once and shortly: a Regulars that is gone must not keep anybody from leaving.
		regulars_post( $connection['webhook_url'], 'plugin.removed', $event_id, (string) wp_json_encode( $body ), 5 );
		regulars_goodbye_woocommerce( $connection['webhook_url'] );
	}
	regulars_disconnect();
}

/**
 * Take the webhooks that led to Regulars, and the keys that were made for it, out of WooCommerce.
 *
 * @param string $webhook_url Where the webhooks led.
 */
function regulars_goodbye_woocommerce( $webhook_url ) {
	global $wpdb;
	// phpcs:disable WordPress.DB
	if ( function_exists( 'wc_get_webhook' ) ) {
		$ids = $wpdb->get_col( $wpdb->prepare( 'SELECT webhook_id FROM %i WHERE delivery_url = %s', $wpdb->prefix . 'wc_webhooks', $webhook_url ) );
		foreach ( $ids as $id ) {
			$webhook = wc_get_webhook( (int) $id );
			if ( $webhook ) {
				$webhook->delete( true );
			}
		}
		$wpdb->query( $wpdb->prepare( 'DELETE FROM %i WHERE description LIKE %s', $wpdb->prefix . 'woocommerce_api_keys', $wpdb->esc_like( 'Regulars - API' ) . '%' ) );
	}
	// phpcs:enable
}
