<?php
/**
 * What was deleted for good. WooCommerce's webhooks say nothing when the trash is emptied or something is deleted by
 * force, so the shop says it here.
 *
 * @package Regulars
 */

defined( 'ABSPATH' ) || exit;

/**
 * Tell that something is gone, once in a request however many hooks say so.
 *
 * @param string $topic item.deleted, order.deleted or customer.deleted.
 * @param int    $id    Its number.
 */
function regulars_tell_gone( $topic, $id ) {
	regulars_emit( $topic, array( 'id' => (int) $id ), $topic . ':' . (int) $id );
}

add_action(
	'deleted_post',
	static function ( $id, $post = null ) {
		$type = $post ? $post->post_type : '';
		if ( 'product' === $type || 'product_variation' === $type ) {
			regulars_tell_gone( 'item.deleted', $id );
		} elseif ( 'shop_order' === $type ) {
			regulars_tell_gone( 'order.deleted', $id );
		}
	},
	10,
	2
);
// Orders in their own tables are no posts. A refund is deleted too, and is no order.
add_action(
	'woocommerce_before_delete_order',
	static function ( $id, $order = null ) {
		if ( $order && 'shop_order' === $order->get_type() ) {
			regulars_tell_gone( 'order.deleted', $id );
		}
	},
	10,
	2
);
add_action(
	is_multisite() ? 'remove_user_from_blog' : 'deleted_user',
	static function ( $id ) {
		regulars_tell_gone( 'customer.deleted', $id );
	}
);
