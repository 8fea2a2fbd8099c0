<?php
/**
 * What is told to Regulars waits in a queue: no shopper waits for another machine.
 *
 * @package Regulars
 */

defined( 'ABSPATH' ) || exit;

/**
 * Put a fact in line.
 *
 * @param string               $topic What it is about, such as `cart.changed`.
 * @param array<string, mixed> $data  The fact.
 * @return bool Whether it stands in line.
 */
function regulars_emit( $topic, array $data ) {
	if ( ! regulars_is_connected() ) {
		return false;
	}
	$event = array(
		'v'           => 1,
		'event_id'    => wp_generate_uuid4(),
		'occurred_at' => gmdate( 'Y-m-d\TH:i:s\Z' ),
		'data'        => $data,
	);
	return (bool) as_enqueue_async_action( 'regulars_send', array( $topic, wp_json_encode( $event ) ), 'regulars' );
}
