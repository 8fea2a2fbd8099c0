<?php
/**
 * Reviews of products, told when they are written, changed, shown, hidden or deleted.
 *
 * Told at the end of the request: the stars and "verified buyer" are kept only after the words.
 *
 * @package Regulars
 */

defined( 'ABSPATH' ) || exit;

/**
 * Whether a comment is a review of a product.
 *
 * @param WP_Comment|null $comment The comment.
 * @return bool
 */
function regulars_is_review( $comment ) {
	return $comment && 'review' === $comment->comment_type && 'product' === get_post_type( (int) $comment->comment_post_ID );
}

/**
 * Look at a review when the request ends.
 *
 * @param int|WP_Comment $comment The comment or its number.
 */
function regulars_review_touched( $comment ) {
	static $touched = array();
	$comment        = get_comment( $comment );
	if ( ! regulars_is_connected() || ! regulars_is_review( $comment ) || isset( $touched[ $comment->comment_ID ] ) ) {
		return;
	}
	$touched[ $comment->comment_ID ] = true;
	add_action(
		'shutdown',
		static function () use ( $comment ) {
			regulars_tell_review( (int) $comment->comment_ID );
		},
		5
	);
}

/**
 * Whether a state of a comment means that nobody is to read it.
 *
 * @param string|int $status The state, in any of WordPress' words.
 * @return bool
 */
function regulars_is_thrown_away( $status ) {
	return in_array( (string) $status, array( 'spam', 'trash', 'post-trashed' ), true );
}

/**
 * Tell a review as it is now. One in the bin is told as hidden: it may come back.
 *
 * @param int $id Its number.
 */
function regulars_tell_review( $id ) {
	$comment = get_comment( $id );
	if ( ! $comment ) {
		return;
	}
	$rating = (int) get_comment_meta( $id, 'rating', true );
	regulars_emit(
		'review.changed',
		array(
			'id'          => $id,
			'product_id'  => (int) $comment->comment_post_ID,
			'customer_id' => (int) $comment->user_id ? (int) $comment->user_id : null,
			'email'       => '' === $comment->comment_author_email ? null : $comment->comment_author_email,
			'rating'      => $rating ? $rating : null,
			'words'       => wp_strip_all_tags( $comment->comment_content ),
			'is_public'   => 'approved' === wp_get_comment_status( $comment ),
			'is_verified' => (bool) get_comment_meta( $id, 'verified', true ),
			'posted_at'   => gmdate( 'Y-m-d\TH:i:s\Z', (int) strtotime( $comment->comment_date_gmt . ' UTC' ) ),
		),
		'review:' . $id
	);
}

// What came in as spam is not told at all. What was told and is thrown away later is told as hidden.
add_action(
	'comment_post',
	static function ( $id, $status ) {
		if ( ! regulars_is_thrown_away( $status ) ) {
			regulars_review_touched( $id );
		}
	},
	20,
	2
);
add_action(
	'edit_comment',
	static function ( $id ) {
		$comment = get_comment( $id );
		if ( $comment && ! regulars_is_thrown_away( $comment->comment_approved ) ) {
			regulars_review_touched( $comment );
		}
	}
);
add_action( 'woocommerce_rest_insert_product_review', 'regulars_review_touched' );
add_action(
	'transition_comment_status',
	static function ( $to, $from, $comment ) {
		if ( 'delete' !== $to && ! ( regulars_is_thrown_away( $to ) && regulars_is_thrown_away( $from ) ) ) {
			regulars_review_touched( $comment );
		}
	},
	10,
	3
);
add_action(
	'delete_comment',
	static function ( $id, $comment = null ) {
		if ( regulars_is_review( $comment ? $comment : get_comment( $id ) ) ) {
			regulars_emit( 'review.deleted', array( 'id' => (int) $id ), 'review:' . (int) $id );
		}
	},
	10,
	2
);
