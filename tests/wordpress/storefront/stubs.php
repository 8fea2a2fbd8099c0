<?php
/**
 * What only the storefront calls of WordPress and WooCommerce.
 *
 * @package Regulars
 */

class Carts_Of_Test {
	public $prefix = 'wp_';
	public $rows   = array();

	public function prepare( $sentence, ...$values ) {
		return array( $sentence, $values );
	}

	public function replace( $table, $row ) {
		$this->rows[ $row['token_hash'] ] = $row;
		return 1;
	}

	public function get_row( $asked ) {
		list( , $hash, $now ) = $asked[1];
		$row                  = $this->rows[ $hash ] ?? null;
		return $row && $row['expires_at'] > $now ? $row : null;
	}

	public function delete( $table, $where ) {
		$name       = array_key_first( $where );
		$this->rows = array_filter( $this->rows, static fn( $row ) => (string) $row[ $name ] !== (string) $where[ $name ] );
	}

	public function query( $asked ) {
		$this->rows = array_filter( $this->rows, static fn( $row ) => $row['expires_at'] > $asked[1][1] );
	}
}

class WC_Product {
	public $id;
	public $facts;

	public function __construct( $id, $facts ) {
		$this->id    = $id;
		$this->facts = $facts + array( 'name' => "Item $id", 'price' => '5', 'visible' => true, 'stock' => true );
	}

	public function is_visible() {
		return $this->facts['visible'];
	}

	public function is_in_stock() {
		return $this->facts['stock'];
	}

	public function get_price() {
		return $this->facts['price'];
	}

	public function get_name() {
		return $this->facts['name'];
	}

	public function get_permalink() {
		return "https://shop.example/product/{$this->id}/";
	}
}

class WC_Order {
	public $meta = array();

	public function get_meta( $name ) {
		return $this->meta[ $name ] ?? '';
	}
}

class WC_Cart {
	public $lines   = array();
	public $coupons = array();
	public $refuses = array();

	public function get_cart() {
		return $this->lines;
	}

	public function is_empty() {
		return ! $this->lines;
	}

	public function get_applied_coupons() {
		return $this->coupons;
	}

	public function apply_coupon( $code ) {
		$this->coupons[] = $code;
	}

	public function empty_cart() {
		$this->lines   = array();
		$this->coupons = array();
		do_action( 'woocommerce_cart_emptied' );
	}

	public function add_to_cart( $id, $quantity, $variation_id, $variation, $extra ) {
		if ( in_array( $id, $this->refuses, true ) ) {
			return false;
		}
		$this->lines[] = $extra + array(
			'key'          => 'k',
			'product_id'   => $id,
			'variation_id' => $variation_id,
			'variation'    => $variation,
			'quantity'     => $quantity,
			'data'         => new WC_Product( $id, array() ),
			'line_total'   => 5.0,
		);
		return 'k';
	}
}

class Session_Of_Test {
	public $values = array();

	public function get( $name ) {
		return $this->values[ $name ] ?? null;
	}

	public function set( $name, $value ) {
		$this->values[ $name ] = $value;
	}
}

function WC() {
	return $GLOBALS['shop'];
}

function regulars_connection() {
	return $GLOBALS['wp']['connection'];
}

function wc_get_product( $id ) {
	return $GLOBALS['wp']['products'][ $id ] ?? false;
}

function wc_price( $price ) {
	return "<bdi>&pound;$price</bdi>";
}

function wc_get_price_to_display( $product ) {
	return $product->get_price();
}

function wc_get_cart_url() {
	return 'https://shop.example/cart/';
}

function wc_add_notice( $words ) {
	$GLOBALS['wp']['notices'][] = $words;
}

function get_transient( $name ) {
	return $GLOBALS['wp']['transients'][ $name ] ?? false;
}

function set_transient( $name, $value, $seconds ) {
	$GLOBALS['wp']['transients'][ $name ] = $value;
}

function delete_transient( $name ) {
	unset( $GLOBALS['wp']['transients'][ $name ] );
}

function wp_remote_get( $url, $arguments ) {
	return wp_safe_remote_post( $url, $arguments );
}

function add_query_arg( $name, $value, $url ) {
	return "$url?$name=$value";
}

function esc_attr( $words ) {
	return htmlspecialchars( $words, ENT_QUOTES );
}

function esc_url( $url ) {
	return preg_match( '~^https?://~', $url ) ? htmlspecialchars( $url, ENT_QUOTES ) : '';
}

function wp_kses_post( $html ) {
	return $html;
}

function absint( $value ) {
	return abs( (int) $value );
}

function is_feed() {
	return false;
}

function wp_is_block_theme() {
	return true;
}

function did_action() {
	return 0;
}

function wp_enqueue_style() {
}

function _prime_post_caches() {
}
