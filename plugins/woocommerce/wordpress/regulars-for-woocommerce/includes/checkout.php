<?php
/**
 * The checkbox at the checkout, classic and block. It is never ticked beforehand, and an address leaves the shop only
 * together with a tick.
 *
 * @package Regulars
 */

defined( 'ABSPATH' ) || exit;

const REGULARS_CLASSIC_FIELD = 'regulars_opt_in';
const REGULARS_BLOCK_FIELD   = 'regulars/opt-in';
const REGULARS_BLOCK_META    = '_wc_other/regulars/opt-in';
const REGULARS_NONCE         = 'woocommerce-regulars-said'; // Beginning like this, WooCommerce binds it to a guest's session.

/**
 * Whether the checkbox is shown at all.
 *
 * @return bool
 */
function regulars_asks() {
	return regulars_is_connected() && (bool) regulars_setting( 'asks', true );
}

/**
 * Classic checkout: below the e-mail address.
 *
 * @param array<string, mixed> $fields All fields.
 * @return array<string, mixed>
 */
function regulars_classic_field( $fields ) {
	if ( regulars_asks() && isset( $fields['billing']['billing_email'] ) ) {
		$email = $fields['billing']['billing_email'];

		$fields['billing'][ REGULARS_CLASSIC_FIELD ] = array(
			'type'     => 'checkbox',
			'label'    => esc_html( regulars_wording() ),
			'required' => false,
			'class'    => array( 'form-row-wide' ),
			'priority' => ( isset( $email['priority'] ) ? (int) $email['priority'] : 110 ) + 1,
		);
	}
	return $fields;
}
add_filter( 'woocommerce_checkout_fields', 'regulars_classic_field' );

// Ticked only if this very visit ticked it, whatever an account or an earlier order remembers.
add_filter(
	'woocommerce_checkout_get_value',
	static function ( $value, $input ) {
		return REGULARS_CLASSIC_FIELD === $input ? (int) ( '' !== regulars_agreed_email() ) : $value;
	},
	10,
	2
);

// The sentence is a question by itself and needs no "(optional)"; at My account it would ask without an address.
add_filter(
	'woocommerce_form_field',
	static function ( $html, $key ) {
		if ( REGULARS_CLASSIC_FIELD === $key ) {
			return preg_replace( '~(&nbsp;)?<span class="optional">.*?</span>~', '', $html );
		}
		return REGULARS_BLOCK_META === $key ? '' : $html;
	},
	10,
	2
);

add_action(
	'wp_enqueue_scripts',
	static function () {
		if ( regulars_asks() && is_checkout() && ! is_order_received_page() ) {
			wp_enqueue_script(
				'regulars-checkout',
				plugins_url( 'assets/checkout.js', REGULARS_FILE ),
				array(),
				REGULARS_VERSION,
				array(
					'strategy'  => 'defer',
					'in_footer' => true,
				)
			);
			wp_localize_script(
				'regulars-checkout',
				'regularsCheckout',
				array(
					'url'   => WC_AJAX::get_endpoint( 'regulars_said' ),
					'nonce' => wp_create_nonce( REGULARS_NONCE ),
				)
			);
		}
	}
);

add_action(
	'wc_ajax_regulars_said',
	static function () {
		check_ajax_referer( REGULARS_NONCE, 'nonce' );
		$email = isset( $_POST['email'] ) ? sanitize_email( wp_unslash( $_POST['email'] ) ) : '';
		if ( regulars_asks() ) {
			regulars_hear( $email, ! empty( $_POST['is_given'] ), 'checkout' );
		}
		wp_send_json_success();
	}
);

// Block checkout: a field of WooCommerce's own among the contact details.
add_action(
	'woocommerce_init',
	static function () {
		if ( regulars_asks() && function_exists( 'woocommerce_register_additional_checkout_field' ) ) {
			woocommerce_register_additional_checkout_field(
				array(
					'id'                         => REGULARS_BLOCK_FIELD,
					'label'                      => regulars_wording(),
					'optionalLabel'              => regulars_wording(),
					'location'                   => 'contact',
					'type'                       => 'checkbox',
					'required'                   => false,
					'show_in_order_confirmation' => false,
				)
			);
		}
	}
);

/**
 * Hear what a request of the block checkout says: the tick, or the address, or both.
 *
 * @param WP_REST_Request $request The request.
 */
function regulars_hear_block( $request ) {
	if ( ! regulars_asks() || ! WC()->session ) {
		return;
	}
	$fields  = (array) $request['additional_fields'];
	$billing = (array) $request['billing_address'];
	if ( array_key_exists( REGULARS_BLOCK_FIELD, $fields ) ) {
		WC()->session->set( 'regulars_tick', (bool) $fields[ REGULARS_BLOCK_FIELD ] );
	}
	$email = ! empty( $billing['email'] ) ? (string) $billing['email'] : (string) WC()->customer->get_billing_email();
	regulars_hear( $email, (bool) WC()->session->get( 'regulars_tick' ), 'checkout' );
}
add_action( 'woocommerce_store_api_checkout_update_draft', 'regulars_hear_block' );
add_action(
	'woocommerce_store_api_cart_update_customer_from_request',
	static function ( $customer, $request ) {
		regulars_hear_block( $request );
	},
	10,
	2
);
add_action(
	'woocommerce_store_api_checkout_update_order_from_request',
	static function ( $order, $request ) {
		regulars_hear_block( $request );
	},
	10,
	2
);

// WooCommerce remembers the tick with the customer and would tick the box the next time. A yes is given anew.
add_action(
	'template_redirect',
	static function () {
		if ( ! regulars_asks() || ! is_checkout() || is_order_received_page() || ! WC()->customer || '' !== regulars_agreed_email() ) {
			return;
		}
		WC()->session->set( 'regulars_tick', null );
		if ( WC()->customer->meta_exists( REGULARS_BLOCK_META ) ) {
			WC()->customer->delete_meta_data( REGULARS_BLOCK_META );
			WC()->customer->save();
		}
		if ( get_current_user_id() ) {
			delete_user_meta( get_current_user_id(), REGULARS_BLOCK_META );
		}
	}
);
