<?php
/**
 * A connected shop with one visitor, new for each test.
 *
 * @package Regulars
 */

use PHPUnit\Framework\TestCase;

abstract class ShopCase extends TestCase {
	const ENGINE = 'https://regulars.example:8443';
	const SECRET = '0123456789abcdef0123456789abcdef';

	protected function setUp(): void {
		wp_forget_all();
		$GLOBALS['woocommerce_of_test'] = new WooCommerce_Of_Test();
		$GLOBALS['wpdb']                = new Table_Of_Test();
		remove_action( 'shutdown', 'regulars_tell_cart', 5 );
		regulars_connect( $this->told() );
	}

	protected function told( array $other = array() ) {
		return $other + array(
			'engine'      => self::ENGINE,
			'slug'        => 'harbour-tea',
			'public_key'  => 'pk_harbour',
			'secret'      => self::SECRET,
			'webhook_url' => self::ENGINE . '/webhooks/woocommerce/harbour-tea',
		);
	}

	/** What waits, as pairs of topic and facts. */
	protected function waiting() {
		return array_map( static fn( $row ) => array( $row->topic, json_decode( $row->body, true )['data'] ), $GLOBALS['wpdb']->rows );
	}

	protected function topics() {
		return array_column( $this->waiting(), 0 );
	}

	/** Put something into the cart and end the request. */
	protected function cart( $quantity = 1, $product_id = 13 ) {
		WC()->cart->lines = array();
		if ( $quantity ) {
			WC()->cart->lines['k'] = array(
				'product_id'   => $product_id,
				'variation_id' => 0,
				'quantity'     => $quantity,
				'line_total'   => 9.5 * $quantity,
				'line_tax'     => 0,
				'data'         => new WC_Product( 'Enamel <b>mug</b>' ),
			);
		}
		do_action( 'woocommerce_cart_updated' );
		do_action( 'shutdown' );
	}

	/** Say something at the checkout and end the request. */
	protected function say( $email, $is_given ) {
		regulars_hear( $email, $is_given, 'checkout' );
		do_action( 'shutdown' );
	}

	/** Carry what waits, as if nobody had to rest. */
	protected function carry( ...$answers ) {
		$GLOBALS['wp']['answers'] = $answers;
		delete_option( 'regulars_rests_until' );
		regulars_queue_run();
	}
}
