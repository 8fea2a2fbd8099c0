<?php
/**
 * Whose cart is told, when, and when it ends.
 *
 * @package Regulars
 */

final class CartTest extends ShopCase {
	public function test_the_cart_of_somebody_unknown_stays_in_the_shop() {
		$this->cart();

		$this->assertSame( array(), $this->topics() );
	}

	public function test_the_cart_of_who_is_signed_in_is_told_once() {
		$GLOBALS['wp']['user'] = 4;
		$this->cart( 2 );
		$this->cart( 2 );

		list( list( $topic, $cart ) ) = $this->waiting();
		unset( $cart['cart_id'] );
		$this->assertSame(
			array(
				'stage'        => 'cart',
				'customer_id'  => 4,
				'email'        => null,
				'phone'        => null,
				'visitor_id'   => null,
				'locale'       => 'en_GB',
				'currency'     => 'GBP',
				'total'        => '19.00',
				'lines'        => array(
					array(
						'id'           => 'k',
						'product_id'   => 13,
						'variation_id' => null,
						'title'        => 'Enamel mug',
						'quantity'     => 2,
						'total'        => '19.00',
					),
				),
				'recovery_url' => null,
			),
			$cart
		);
		$this->assertSame( array( 'cart.changed' ), $this->topics() );
	}

	/** @dataProvider staff */
	public function test_who_runs_the_shop_is_no_customer( $may ) {
		$GLOBALS['wp']['user'] = 1;
		$GLOBALS['wp']['can']  = array( $may );
		$this->cart();

		$this->assertSame( array(), $this->topics() );
	}

	public static function staff() {
		return array( array( 'edit_posts' ), array( 'manage_woocommerce' ) );
	}

	public function test_a_cart_keeps_its_number_until_it_is_empty() {
		$GLOBALS['wp']['user'] = 4;
		$this->cart( 1 );
		$this->carry( 200 );
		$this->cart( 2 );
		$this->carry( 200 );
		$this->cart( 0 );
		$this->carry( 200 );
		$this->cart( 1 );
		$this->carry( 200 );

		$carts = array_map( static fn( $one ) => json_decode( $one['body'], true )['data'], $GLOBALS['wp']['sent'] );
		$this->assertSame( array( 'cart', 'cart', 'emptied', 'cart' ), array_column( $carts, 'stage' ) );
		$ids = array_column( $carts, 'cart_id' );
		$this->assertSame( array( $ids[0], $ids[0], $ids[0] ), array_slice( $ids, 0, 3 ) );
		$this->assertNotSame( $ids[0], $ids[3] );
		$this->assertMatchesRegularExpression( '/^[0-9a-f]{32}$/', $ids[0] );
	}

	public function test_a_cart_has_its_number_from_the_first_thing_in_it() {
		do_action( 'woocommerce_add_to_cart' );

		$this->assertMatchesRegularExpression( '/^[0-9a-f]{32}$/', WC()->session->get( 'regulars_cart' ) );
	}

	public function test_telling_takes_nothing_down_from_the_end_of_a_running_request() {
		$GLOBALS['wp']['user'] = 4;
		$this->cart();

		$this->assertSame( 5, has_action( 'shutdown', 'regulars_tell_cart' ) );
	}

	public function test_an_order_carries_its_cart_and_ends_it() {
		$GLOBALS['wp']['user'] = 4;
		$this->cart();
		$cart_id = $this->waiting()[0][1]['cart_id'];
		$order   = new Order_Of_Test();
		do_action( 'woocommerce_checkout_create_order', $order );
		do_action( 'woocommerce_order_status_changed', 70, 'pending', 'processing', $order );
		$this->cart( 0 );

		$this->assertSame( $cart_id, $order->get_meta( '_regulars_cart' ) );
		$this->assertSame( array( array( 'ordered', $cart_id ) ), array_map( static fn( $one ) => array( $one[1]['stage'], $one[1]['cart_id'] ), $this->waiting() ) );
	}

	public function test_an_order_from_a_letters_link_ends_the_letters_cart_too() {
		$GLOBALS['wp']['user'] = 4;
		$this->cart();
		WC()->session->set( 'regulars_restored_from', 'letter' );
		$order = new Order_Of_Test();
		do_action( 'woocommerce_checkout_create_order', $order );
		do_action( 'woocommerce_order_status_changed', 70, 'pending', 'processing', $order );

		$this->assertSame( 'letter', $order->get_meta( '_regulars_cart' ) );
		$this->assertSame( array( 'ordered', 'ordered' ), array_column( array_column( $this->waiting(), 1 ), 'stage' ) );
		$this->assertContains( 'letter', array_column( array_column( $this->waiting(), 1 ), 'cart_id' ) );
	}

	public function test_an_order_that_waits_for_its_payment_ends_no_cart() {
		$GLOBALS['wp']['user'] = 4;
		$this->cart();
		$order = new Order_Of_Test();
		do_action( 'woocommerce_checkout_create_order', $order );
		do_action( 'woocommerce_order_status_changed', 70, 'checkout-draft', 'pending', $order );
		do_action( 'woocommerce_order_status_changed', 70, 'pending', 'failed', $order );

		$this->assertSame( array( 'cart' ), array_column( array_column( $this->waiting(), 1 ), 'stage' ) );
	}

	public function test_an_order_that_is_shipped_later_is_not_told_again() {
		$order                           = new Order_Of_Test();
		$order->meta['_regulars_cart'] = 'a';
		do_action( 'woocommerce_order_status_changed', 70, 'processing', 'completed', $order );

		$this->assertSame( array(), $this->topics() );
	}

	public function test_a_cart_stays_one_cart_when_its_owner_signs_in() {
		$this->say( 'ann@example.com', true );
		$this->cart();
		$this->carry( 200 );
		do_action( 'wp_login', 'ann', new WP_User( 6 ) );
		do_action( 'shutdown' );

		$before = json_decode( end( $GLOBALS['wp']['sent'] )['body'], true )['data'];
		$cart   = $this->waiting()[0][1];
		$this->assertSame( array( 6, $before['cart_id'], $before['lines'] ), array( $cart['customer_id'], $cart['cart_id'], $cart['lines'] ) );
		regulars_customer_id( new WP_User( 0 ) );
	}
}
