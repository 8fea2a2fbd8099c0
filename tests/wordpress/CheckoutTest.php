<?php
/**
 * An address leaves the shop only with a tick beside it.
 *
 * @package Regulars
 */

final class CheckoutTest extends ShopCase {
	protected function setUp(): void {
		parent::setUp();
		$this->cart();
	}

	public function test_an_address_without_a_tick_stays_in_the_shop() {
		$this->say( 'ann@example.com', false );

		$this->assertSame( array(), $this->waiting() );
	}

	public function test_a_tick_without_an_address_says_nothing() {
		$this->say( '', true );
		$this->say( 'ann@', true );

		$this->assertSame( array(), $this->waiting() );
	}

	public function test_a_tick_tells_the_answer_with_its_words_and_the_cart() {
		$this->say( ' Ann@Example.com ', true );

		list( list( $first, $answer ), list( $second, $cart ) ) = $this->waiting();
		$this->assertSame( array( 'consent.changed', 'cart.changed' ), array( $first, $second ) );
		$this->assertSame( array( 'email_marketing', true, 'ann@example.com', regulars_wording() ), array( $answer['purpose'], $answer['is_given'], $answer['email'], $answer['wording'] ) );
		$this->assertSame( array( 'checkout', 'ann@example.com' ), array( $cart['stage'], $cart['email'] ) );
	}

	public function test_saying_it_twice_tells_it_once() {
		$this->say( 'ann@example.com', true );
		$this->say( 'ann@example.com', true );

		$this->assertSame( array( 'consent.changed', 'cart.changed' ), $this->topics() );
	}

	public function test_a_tick_taken_away_takes_the_answer_and_the_cart_back() {
		$this->say( 'ann@example.com', true );
		$this->say( 'ann@example.com', false );

		$answers = array_values( array_filter( $this->waiting(), static fn( $one ) => 'consent.changed' === $one[0] ) );
		$carts   = array_values( array_filter( $this->waiting(), static fn( $one ) => 'cart.changed' === $one[0] ) );
		$this->assertSame( array( true, false ), array_column( array_column( $answers, 1 ), 'is_given' ) );
		$this->assertSame( array( array( 'emptied', null ) ), array( array( $carts[0][1]['stage'], $carts[0][1]['email'] ) ) );
	}

	public function test_a_corrected_address_takes_the_wrong_one_back() {
		$this->say( 'an@example.com', true );
		$this->say( 'ann@example.com', true );

		$answers = array_values( array_filter( $this->waiting(), static fn( $one ) => 'consent.changed' === $one[0] ) );
		$this->assertSame(
			array( array( 'an@example.com', true ), array( 'an@example.com', false ), array( 'ann@example.com', true ) ),
			array_map( static fn( $one ) => array( $one[1]['email'], $one[1]['is_given'] ), $answers )
		);
	}

	public function test_other_words_are_another_version() {
		$this->say( 'ann@example.com', true );
		update_option( REGULARS_SETTINGS, array( 'wording' => 'Write to me' ) );
		$this->say( 'bob@example.com', true );

		$answers = array_column( array_filter( $this->waiting(), static fn( $one ) => 'consent.changed' === $one[0] && $one[1]['is_given'] ), 1 );
		$this->assertSame( array( regulars_wording() ), array( end( $answers )['wording'] ) );
		$this->assertCount( 2, array_unique( array_column( $answers, 'wording_version' ) ) );
	}

	public function test_the_box_is_ticked_only_by_this_visit() {
		$this->assertSame( 0, apply_filters( 'woocommerce_checkout_get_value', '1', 'regulars_opt_in' ) );
		$this->say( 'ann@example.com', true );

		$this->assertSame( 1, apply_filters( 'woocommerce_checkout_get_value', null, 'regulars_opt_in' ) );
		$this->assertSame( 'x', apply_filters( 'woocommerce_checkout_get_value', 'x', 'billing_city' ) );
	}

	public function test_the_box_stands_below_the_address_while_it_is_asked_for() {
		$fields = array( 'billing' => array( 'billing_email' => array( 'priority' => 90 ) ) );

		$this->assertSame( 91, regulars_classic_field( $fields )['billing']['regulars_opt_in']['priority'] );
		update_option( REGULARS_SETTINGS, array( 'asks' => false ) );
		$this->assertSame( $fields, regulars_classic_field( $fields ) );
	}

	public function test_the_block_checkout_may_say_address_and_tick_in_either_order() {
		WC()->customer->email = 'ann@example.com';
		regulars_hear_block( array( 'additional_fields' => array( 'regulars/opt-in' => true ), 'billing_address' => null ) );
		$this->assertSame( array( 'consent.changed' ), $this->topics() );
		regulars_hear_block( array( 'additional_fields' => null, 'billing_address' => array( 'email' => 'bob@example.com' ) ) );

		$this->assertSame( 'bob@example.com', regulars_agreed_email() );
	}
}
