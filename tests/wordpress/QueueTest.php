<?php
/**
 * What waits is told once, in order, and patiently.
 *
 * @package Regulars
 */

final class QueueTest extends ShopCase {
	public function test_what_waits_is_sent_signed_and_goes() {
		regulars_emit( 'item.deleted', array( 'id' => 7 ) );
		$this->carry( 200 );

		$sent = $GLOBALS['wp']['sent'][0];
		preg_match( '/^t=(\d+),v1=/', $sent['headers']['X-Regulars-Signature'], $found );
		$body = json_decode( $sent['body'], true );
		$this->assertSame( self::ENGINE . '/webhooks/woocommerce/harbour-tea', $sent['url'] );
		$this->assertSame( regulars_signature( $sent['body'], self::SECRET, $found[1] ), $sent['headers']['X-Regulars-Signature'] );
		$this->assertSame( array( 'item.deleted', 'item.deleted' ), array( $sent['headers']['X-Regulars-Topic'], $body['topic'] ) );
		$this->assertSame( $sent['headers']['X-Regulars-Event-Id'], $body['event_id'] );
		$this->assertSame( 0, $sent['redirection'] );
		$this->assertSame( array(), $this->topics() );
	}

	public function test_a_shop_that_is_not_connected_tells_nothing() {
		regulars_disconnect();

		$this->assertFalse( regulars_emit( 'item.deleted', array( 'id' => 7 ) ) );
		$this->assertSame( array(), $this->topics() );
	}

	public function test_of_a_state_only_the_newest_waits_and_facts_all_wait() {
		regulars_emit( 'cart.changed', array( 'n' => 1 ), 'cart:a' );
		regulars_emit( 'cart.changed', array( 'n' => 1 ), 'cart:b' );
		regulars_emit( 'cart.changed', array( 'n' => 2 ), 'cart:a' );
		regulars_emit( 'consent.changed', array( 'n' => 3 ) );
		regulars_emit( 'consent.changed', array( 'n' => 4 ) );

		$this->assertSame( array( 1, 2, 3, 4 ), array_column( array_column( $this->waiting(), 1 ), 'n' ) );
	}

	public function test_a_state_that_is_being_carried_is_not_taken_away() {
		regulars_emit( 'cart.changed', array( 'n' => 1 ), 'cart:a' );
		regulars_queue_claim();
		regulars_emit( 'cart.changed', array( 'n' => 2 ), 'cart:a' );

		$this->assertCount( 2, $GLOBALS['wpdb']->rows );
	}

	public function test_two_workers_take_different_rows() {
		foreach ( range( 1, 30 ) as $n ) {
			regulars_emit( 'item.deleted', array( 'id' => $n ) );
		}
		$first  = array_column( regulars_queue_claim(), 'id' );
		$second = array_column( regulars_queue_claim(), 'id' );

		$this->assertSame( array( 20, 10, array() ), array( count( $first ), count( $second ), array_intersect( $first, $second ) ) );
	}

	public function test_a_row_of_a_worker_that_died_comes_free_again() {
		regulars_emit( 'item.deleted', array( 'id' => 1 ) );
		regulars_queue_claim();
		$this->assertSame( array(), regulars_queue_claim() );
		$GLOBALS['wpdb']->rows[0]->claimed_until = time() - 1;

		$this->assertCount( 1, regulars_queue_claim() );
	}

	public function test_thirty_rows_go_in_one_round() {
		foreach ( range( 1, 30 ) as $n ) {
			regulars_emit( 'item.deleted', array( 'id' => $n ) );
		}
		$this->carry( 200 );

		$this->assertCount( 30, $GLOBALS['wp']['sent'] );
		$this->assertSame( array(), $this->topics() );
	}

	/** @dataProvider not_now */
	public function test_a_regulars_that_cannot_take_it_now_loses_nothing( $answer ) {
		regulars_emit( 'item.deleted', array( 'id' => 1 ) );
		regulars_emit( 'item.deleted', array( 'id' => 2 ) );
		regulars_emit( 'item.deleted', array( 'id' => 3 ) );
		$this->carry( 200, $answer );

		$this->assertCount( 2, $GLOBALS['wp']['sent'] );
		$this->assertSame( array( 2, 3 ), array_column( array_column( $this->waiting(), 1 ), 'id' ) );
		$this->assertMatchesRegularExpression( '/\.$/', regulars_status()['trouble'] );
		$this->carry( 200 );
		$this->assertSame( array( array(), '', 0 ), array( $this->topics(), regulars_status()['trouble'], regulars_status()['failed'] ) );
	}

	public static function not_now() {
		return array( array( new WP_Error( 'http', 'timed out' ) ), array( 301 ), array( 401 ), array( 404 ), array( 429 ), array( 500 ), array( 503 ) );
	}

	public function test_it_rests_longer_after_each_lost_round_and_six_hours_at_most() {
		regulars_emit( 'item.deleted', array( 'id' => 1 ) );
		$rests = array();
		foreach ( range( 1, 7 ) as $round ) {
			$this->carry( 503 );
			$rests[] = get_option( 'regulars_rests_until' ) - time();
		}

		$this->assertEqualsWithDelta( array( 60, 180, 540, 1620, 4860, 14580, 21600 ), $rests, 2 );
	}

	public function test_while_it_rests_nothing_is_sent_and_no_job_is_added() {
		regulars_emit( 'item.deleted', array( 'id' => 1 ) );
		$this->carry( 503 );
		$jobs = count( $GLOBALS['wp']['jobs'] );
		regulars_emit( 'item.deleted', array( 'id' => 2 ) );
		regulars_queue_run();

		$this->assertCount( 1, $GLOBALS['wp']['sent'] );
		$this->assertCount( $jobs, $GLOBALS['wp']['jobs'] );
	}

	/** @dataProvider unreadable */
	public function test_what_can_never_be_read_holds_nobody_up( $code ) {
		regulars_emit( 'item.deleted', array( 'id' => 1 ) );
		regulars_emit( 'item.deleted', array( 'id' => 2 ) );
		$this->carry( $code, 200 );

		$this->assertSame( array( array(), 1 ), array( $this->topics(), regulars_status()['failed'] ) );
	}

	public static function unreadable() {
		return array( array( 400 ), array( 413 ), array( 422 ) );
	}

	public function test_after_three_days_a_row_is_given_up() {
		regulars_emit( 'item.deleted', array( 'id' => 1 ) );
		$GLOBALS['wpdb']->rows[0]->queued_at = time() - 3 * DAY_IN_SECONDS - 1;
		$this->carry( 503 );

		$this->assertSame( array( array(), 1 ), array( $this->topics(), regulars_status()['failed'] ) );
	}

	public function test_a_line_that_grew_too_long_lets_the_oldest_go() {
		foreach ( range( 1, REGULARS_LONGEST + 2 ) as $n ) {
			regulars_emit( 'item.deleted', array( 'id' => $n ) );
		}
		$this->carry( 503 );

		$this->assertSame( array( REGULARS_LONGEST, 2 ), array( count( $GLOBALS['wpdb']->rows ), regulars_status()['failed'] ) );
	}

	public function test_disconnecting_leaves_nothing_in_line() {
		regulars_emit( 'item.deleted', array( 'id' => 1 ) );
		regulars_disconnect();

		$this->assertSame( array( array(), array() ), array( $this->topics(), $GLOBALS['wp']['jobs'] ) );
	}
}
