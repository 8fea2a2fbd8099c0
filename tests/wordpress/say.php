<?php
/**
 * Lets a shop say everything it can say, and prints each delivery as it would go over the wire: one JSON a line.
 *
 * @package Regulars
 */

require_once __DIR__ . '/bootstrap.php';

wp_forget_all();
$GLOBALS['woocommerce_of_test'] = new WooCommerce_Of_Test();
$GLOBALS['wpdb']                = new Table_Of_Test();
$GLOBALS['wp']['user']          = 4;
regulars_connect(
	array(
		'engine'      => 'https://regulars.example',
		'slug'        => 'harbour-tea',
		'public_key'  => 'pk_harbour',
		'secret'      => $argv[1],
		'webhook_url' => 'https://regulars.example/webhooks/woocommerce/harbour-tea',
	)
);

WC()->cart->lines['k'] = array(
	'product_id'   => 13,
	'variation_id' => 25,
	'quantity'     => 2,
	'line_total'   => 19.0,
	'line_tax'     => 3.8,
	'data'         => new WC_Product( 'Cotton T-Shirt – S, Blue' ),
);
regulars_hear( 'ann@example.com', true, 'checkout' );
do_action( 'shutdown' );
regulars_queue_run();
regulars_hear( 'ann@example.com', false, 'checkout' );
WC()->cart->lines = array();
regulars_cart_touched();
do_action( 'shutdown' );

$order = new Order_Of_Test();
$order->update_meta_data( '_regulars_cart', str_repeat( 'a', 32 ) );
$order->update_meta_data( '_regulars_visitor', str_repeat( 'b', 32 ) );
do_action( 'woocommerce_order_status_changed', 70, 'pending', 'processing', $order );

$GLOBALS['wp']['posts']['comment11'] = (object) array(
	'comment_ID'           => '11',
	'comment_type'         => 'review',
	'comment_post_ID'      => '13',
	'comment_approved'     => '1',
	'comment_author_email' => 'zed@example.com',
	'comment_content'      => 'A good mug',
	'comment_date_gmt'     => '2026-11-02 10:00:00',
	'user_id'              => '0',
	'meta'                 => array(
		'rating'   => '4',
		'verified' => '1',
	),
);
regulars_tell_review( 11 );
regulars_queue_run();
do_action( 'delete_comment', 11 );
do_action( 'deleted_post', 13, (object) array( 'post_type' => 'product' ) );
do_action( 'deleted_post', 70, (object) array( 'post_type' => 'shop_order' ) );
do_action( 'deleted_user', 9 );
regulars_emit( 'visitor.recognized', array( 'visitor_id' => str_repeat( 'b', 32 ), 'customer_id' => 4 ) );
$GLOBALS['wp']['answers'] = array( new WP_Error( 'http' ) );
regulars_export_person( 'bob@example.com' );
regulars_erase_person( 'bob@example.com' );
$GLOBALS['wp']['answers'] = array( 200 );
regulars_queue_run();

foreach ( $GLOBALS['wp']['sent'] as $sent ) {
	echo json_encode( array( 'url' => $sent['url'], 'headers' => array_change_key_case( $sent['headers'] ), 'body' => $sent['body'] ) ), "\n";
}
