<?php
/**
 * Coming back to a cart by a link.
 *
 * @package Regulars
 */

final class RecoveryChecks extends StorefrontCase {
	private function fill() {
		WC()->cart->add_to_cart( 11, 3, 0, array(), array() );
		WC()->cart->add_to_cart( 12, 1, 60, array( 'attribute_size' => 'S' ), array( 'engraving' => 'For Ann' ) );
		WC()->cart->coupons = array( 'spring' );
	}

	private function token( $url ) {
		return substr( $url, strlen( 'https://shop.example/cart/?regulars_cart=' ) );
	}

	private function follow( $token ) {
		$kept = regulars_find_snapshot( $token );
		if ( $kept ) {
			regulars_restore( $kept );
		}
		return null !== $kept;
	}

	public function test_a_link_fills_exactly_the_cart_in_another_browser() {
		$this->fill();
		$before = regulars_snapshot( WC()->cart );
		$token  = $this->token( regulars_recovery_url( WC()->cart, 'cart-1' ) );
		$this->comes_in();
		WC()->cart->add_to_cart( 13, 9, 0, array(), array() );

		$this->assertTrue( $this->follow( $token ) );
		$this->assertEquals( $before, regulars_snapshot( WC()->cart ) );
		$this->assertSame( 'cart-1', WC()->session->get( 'regulars_restored_from' ) );
	}

	public function test_a_cart_keeps_one_link_and_the_link_what_lies_in_it_now() {
		$this->fill();
		$first              = regulars_recovery_url( WC()->cart, 'cart-1' );
		WC()->cart->coupons = array();
		$this->assertSame( $first, regulars_recovery_url( WC()->cart, 'cart-1' ) );
		$this->comes_in();
		$this->follow( $this->token( $first ) );

		$this->assertSame( array(), WC()->cart->coupons );
		$this->assertCount( 1, $GLOBALS['wpdb']->rows );
	}

	public function test_following_twice_is_like_once() {
		$this->fill();
		$token = $this->token( regulars_recovery_url( WC()->cart, 'cart-1' ) );
		$this->comes_in();
		$this->follow( $token );
		$once = WC()->cart->lines;

		$this->assertTrue( $this->follow( $token ) );
		$this->assertSame( $once, WC()->cart->lines );
	}

	public function test_the_link_goes_on_after_it_replaced_the_own_cart() {
		$this->fill();
		$token = $this->token( regulars_recovery_url( WC()->cart, 'cart-1' ) );
		WC()->cart->lines = array();
		WC()->cart->add_to_cart( 13, 1, 0, array(), array() );

		$this->assertTrue( $this->follow( $token ) );
		$this->assertTrue( $this->follow( $token ) );
		$this->assertCount( 2, WC()->cart->lines );
	}

	public function test_only_the_digest_of_a_token_and_nothing_about_a_person_is_kept() {
		$this->fill();
		$token = $this->token( regulars_recovery_url( WC()->cart, 'cart-1' ) );
		$kept  = json_encode( $GLOBALS['wpdb']->rows );

		$this->assertMatchesRegularExpression( '/\A[0-9a-f]{64}\z/', $token );
		$this->assertStringNotContainsString( $token, $kept );
		$this->assertStringNotContainsString( '@', $kept );
	}

	public function test_objects_that_other_plugins_leave_in_a_line_are_not_kept() {
		WC()->cart->add_to_cart( 11, 1, 0, array(), array( 'object' => new WC_Product( 1, array() ), 'list' => array( array( new stdClass() ) ) ) );

		$this->assertSame( array(), regulars_snapshot( WC()->cart )['lines'][0]['extra'] );
	}

	/** @dataProvider strangers */
	public function test_a_token_nobody_made_finds_nothing( $token ) {
		$this->fill();
		regulars_recovery_url( WC()->cart, 'cart-1' );

		$this->assertNull( regulars_find_snapshot( $token ) );
	}

	public static function strangers() {
		return array( array( str_repeat( '0', 64 ) ), array( '' ), array( null ), array( array( 'x' ) ), array( "' OR 1=1" ), array( str_repeat( 'a', 64 ) . "\n" ) );
	}

	public function test_a_link_ends_after_30_days_and_is_cleaned_away() {
		$this->fill();
		$token = $this->token( regulars_recovery_url( WC()->cart, 'cart-1' ) );
		foreach ( $GLOBALS['wpdb']->rows as &$row ) {
			$row['expires_at'] = gmdate( 'Y-m-d H:i:s', time() - 1 );
		}
		unset( $row );

		$this->assertFalse( $this->follow( $token ) );
		regulars_clean_carts();
		$this->assertSame( array(), $GLOBALS['wpdb']->rows );
	}

	public function test_an_order_ends_the_links_of_its_cart_and_of_no_other() {
		$this->fill();
		regulars_recovery_url( WC()->cart, 'cart-1' );
		$this->comes_in();
		$this->fill();
		regulars_recovery_url( WC()->cart, 'cart-2' );
		$order       = new WC_Order();
		$order->meta = array( '_regulars_cart' => 'cart-1' );

		do_action( 'woocommerce_order_status_changed', 1, 'checkout-draft', 'pending', $order );
		$this->assertCount( 2, $GLOBALS['wpdb']->rows );
		do_action( 'woocommerce_order_status_changed', 1, 'pending', 'processing', $order );
		$this->assertSame( array( 'cart-2' ), array_column( $GLOBALS['wpdb']->rows, 'cart_id' ) );
	}

	public function test_an_emptied_cart_takes_its_link_along() {
		$this->fill();
		$token = $this->token( regulars_recovery_url( WC()->cart, 'cart-1' ) );
		WC()->cart->empty_cart();

		$this->assertFalse( $this->follow( $token ) );
		$this->assertSame( '', regulars_recovery_url( WC()->cart, 'cart-1' ) );
	}

	public function test_what_is_not_to_be_had_is_left_out_and_said() {
		$this->fill();
		$token = $this->token( regulars_recovery_url( WC()->cart, 'cart-1' ) );
		$this->comes_in();
		WC()->cart->refuses = array( 12 );
		$this->follow( $token );

		$this->assertSame( array( 11 ), array_column( WC()->cart->lines, 'product_id' ) );
		$this->assertCount( 1, $GLOBALS['wp']['notices'] );
	}

	public function test_the_carts_of_a_person_are_erased_and_nobody_elses() {
		foreach ( array( 4, 5 ) as $person ) {
			$this->comes_in();
			$GLOBALS['wp']['user'] = $person;
			$this->fill();
			regulars_recovery_url( WC()->cart, "cart-$person" );
		}
		regulars_erase_storefront( 4 );
		regulars_erase_storefront( 0 );

		$this->assertSame( array( 'cart-5' ), array_column( $GLOBALS['wpdb']->rows, 'cart_id' ) );
	}
}
