<?php
/**
 * WooCommerce, as far as the plugin calls it: a session, a cart, a customer, an order.
 *
 * @package Regulars
 */

class WC_Product {
	private $name;

	public function __construct( $name ) {
		$this->name = $name;
	}

	public function get_name() {
		return $this->name;
	}
}

class Session_Of_Test {
	private $values = array();

	public function get( $name, $fallback = null ) {
		return $this->values[ $name ] ?? $fallback;
	}

	public function set( $name, $value ) {
		$this->values[ $name ] = $value;
	}
}

class Cart_Of_Test {
	public $lines = array();

	public function get_cart() {
		return $this->lines;
	}

	public function get_total( $context ) {
		return array_sum( array_column( $this->lines, 'line_total' ) );
	}
}

class Customer_Of_Test {
	public $email = '';

	public function get_billing_email() {
		return $this->email;
	}
}

class Order_Of_Test {
	public $meta        = array();
	public $customer_id = 0;

	public function update_meta_data( $name, $value ) {
		$this->meta[ $name ] = $value;
	}

	public function get_meta( $name ) {
		return $this->meta[ $name ] ?? '';
	}

	public function get_customer_id() {
		return $this->customer_id;
	}

	public function get_currency() {
		return 'GBP';
	}

	public function get_total() {
		return '12.30';
	}
}

class WooCommerce_Of_Test {
	public $session;
	public $cart;
	public $customer;

	public function __construct() {
		$this->session  = new Session_Of_Test();
		$this->cart     = new Cart_Of_Test();
		$this->customer = new Customer_Of_Test();
	}
}

function WC() {
	return $GLOBALS['woocommerce_of_test'];
}

function wc_get_price_decimals() {
	return 2;
}

function get_woocommerce_currency() {
	return 'GBP';
}

function is_checkout() {
	return false;
}
