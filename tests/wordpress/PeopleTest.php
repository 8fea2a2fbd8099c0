<?php
/**
 * Consent of visitors, reviews, deletions, and WordPress' own tools of privacy.
 *
 * @package Regulars
 */

final class PeopleTest extends ShopCase {
	private function review( $id, $approved, $meta = array() ) {
		$GLOBALS['wp']['posts'][ "comment{$id}" ] = (object) array(
			'comment_ID'           => (string) $id,
			'comment_type'         => 'review',
			'comment_post_ID'      => '13',
			'comment_approved'     => $approved,
			'comment_author_email' => 'zed@example.com',
			'comment_content'      => 'A <b>good</b> mug',
			'comment_date_gmt'     => '2026-11-02 10:00:00',
			'user_id'              => '0',
			'meta'                 => $meta,
		);
	}

	public function test_a_review_is_told_when_the_request_ends_as_it_is_then() {
		$this->review( 11, '0', array( 'rating' => '2' ) );
		do_action( 'comment_post', 11, 0 );
		$this->review( 11, '1', array( 'rating' => '5', 'verified' => '1' ) );
		do_action( 'shutdown' );

		list( list( $topic, $review ) ) = $this->waiting();
		$this->assertSame( 'review.changed', $topic );
		$this->assertSame( array( 5, true, true, 'A good mug', '2026-11-02T10:00:00Z' ), array( $review['rating'], $review['is_public'], $review['is_verified'], $review['words'], $review['posted_at'] ) );
	}

	/** @dataProvider thrown_away */
	public function test_a_review_that_is_thrown_away_is_told_as_hidden_since_it_may_come_back( $id, $status ) {
		$this->review( $id, $status );
		do_action( 'transition_comment_status', $status, 'approved', get_comment( $id ) );
		do_action( 'shutdown' );

		list( list( $topic, $review ) ) = $this->waiting();
		$this->assertSame( array( 'review.changed', $id, false ), array( $topic, $review['id'], $review['is_public'] ) );
	}

	public static function thrown_away() {
		return array( array( 21, 'spam' ), array( 22, 'trash' ) );
	}

	public function test_what_came_in_as_spam_is_not_told_at_all() {
		$this->review( 23, 'spam' );
		do_action( 'comment_post', 23, 'spam' );
		do_action( 'edit_comment', 23 );
		do_action( 'transition_comment_status', 'trash', 'spam', get_comment( 23 ) );
		do_action( 'shutdown' );

		$this->assertSame( array(), $this->waiting() );
	}

	public function test_a_review_deleted_for_good_is_told_as_gone() {
		$this->review( 24, 'trash' );
		do_action( 'delete_comment', 24 );

		$this->assertSame( array( array( 'review.deleted', array( 'id' => 24 ) ) ), $this->waiting() );
	}

	public function test_a_comment_on_a_page_is_no_review() {
		$this->review( 31, '1' );
		$GLOBALS['wp']['posts']['comment31']->comment_type = 'comment';
		do_action( 'comment_post', 31, 1 );
		do_action( 'delete_comment', 31 );
		do_action( 'shutdown' );

		$this->assertSame( array(), $this->waiting() );
	}

	public function test_what_was_deleted_for_good_is_told_once() {
		foreach ( array( 'product', 'product_variation', 'shop_order', 'page' ) as $id => $type ) {
			do_action( 'deleted_post', $id + 1, (object) array( 'post_type' => $type ) );
			do_action( 'deleted_post', $id + 1, (object) array( 'post_type' => $type ) );
		}
		do_action( 'deleted_user', 9 );

		$this->assertSame(
			array( array( 'item.deleted', array( 'id' => 1 ) ), array( 'item.deleted', array( 'id' => 2 ) ), array( 'order.deleted', array( 'id' => 3 ) ), array( 'customer.deleted', array( 'id' => 9 ) ) ),
			$this->waiting()
		);
	}

	public function test_nobody_agreed_where_nothing_asks() {
		$this->assertFalse( regulars_may_remember() );
	}

	/**
	 * The API's functions cannot be taken away again, so this has a process of its own.
	 *
	 * @runInSeparateProcess
	 * @preserveGlobalState disabled
	 * @dataProvider laws
	 */
	public function test_a_consent_plugin_decides_once_it_says_which_law_it_follows( $law, $said, $may ) {
		eval( 'function wp_get_consent_type() { return ' . var_export( $law, true ) . '; } function wp_has_consent( $what ) { return "marketing" === $what && ' . var_export( $said, true ) . '; }' );

		$this->assertSame( $may, regulars_may_remember() );
	}

	public static function laws() {
		return array(
			'no law: the API says yes to everything' => array( '', true, false ),
			'asked and agreed'                       => array( 'optin', true, true ),
			'asked and refused'                      => array( 'optin', false, false ),
			'a law without asking'                   => array( 'optout', true, true ),
		);
	}

	public function test_what_regulars_knows_is_part_of_the_file_wordpress_makes() {
		$known                    = array( 'groups' => array( array( 'label' => 'Visits', 'items' => array( array( 'id' => '1', 'data' => array( array( 'name' => 'Seen', 'value' => 'A <b>pot</b>' ) ) ) ) ) ), 'done' => true );
		$GLOBALS['wp']['answers'] = array( array( 'code' => 200, 'body' => json_encode( $known ) ) );
		$file                     = regulars_export_person( 'ann@example.com' );

		$this->assertSame( array( array( 'name' => 'Seen', 'value' => 'A pot' ) ), $file['data'][0]['data'] );
		$this->assertTrue( $file['done'] );
		$this->assertSame( self::ENGINE . '/v1/site/harbour-tea/export', $GLOBALS['wp']['sent'][0]['url'] );
		$this->assertSame( array( 'topic' => 'privacy.export', 'email' => 'ann@example.com' ), json_decode( $GLOBALS['wp']['sent'][0]['body'], true ) );
	}

	/** @dataProvider silences */
	public function test_a_file_is_never_made_as_if_it_were_complete( $answer ) {
		$GLOBALS['wp']['answers'] = array( $answer );

		$this->assertInstanceOf( WP_Error::class, regulars_export_person( 'ann@example.com' ) );
	}

	/** @dataProvider silences */
	public function test_a_wish_to_be_forgotten_waits_where_regulars_gives_no_answer( $answer ) {
		regulars_emit( 'consent.changed', array( 'email' => 'Ann@example.com' ) );
		regulars_emit( 'consent.changed', array( 'email' => 'bob@example.com' ) );
		$GLOBALS['wp']['answers'] = array( $answer );
		$done                     = regulars_erase_person( 'ann@example.com' );

		$this->assertTrue( $done['items_retained'] );
		$this->assertSame( array( 'consent.changed', 'customer.redacted' ), $this->topics() );
		$this->assertSame( array( 'bob@example.com', 'ann@example.com' ), array_column( array_column( $this->waiting(), 1 ), 'email' ) );
	}

	public static function silences() {
		return array( array( 500 ), array( 302 ), array( new WP_Error( 'http' ) ), array( array( 'code' => 200, 'body' => '<html>' ) ) );
	}

	public function test_a_wish_that_was_taken_is_said_so() {
		$GLOBALS['wp']['answers'] = array( array( 'code' => 200, 'body' => '{"asked":true,"message":"In line."}' ) );
		$done                     = regulars_erase_person( 'ann@example.com' );

		$this->assertSame( array( true, false, array( 'In line.' ) ), array( $done['items_removed'], $done['items_retained'], $done['messages'] ) );
		$this->assertSame( array(), $this->topics() );
	}
}
