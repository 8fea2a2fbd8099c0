<?php
/**
 * WordPress' own ways to show and to erase what is known of a person, led on to Regulars.
 *
 * @package Regulars
 */

defined( 'ABSPATH' ) || exit;

/**
 * What Regulars knows of a person, for the file that WordPress makes.
 *
 * @param string $email Theirs.
 * @return array<string, mixed>|WP_Error
 */
function regulars_export_person( $email ) {
	$nothing = array(
		'data' => array(),
		'done' => true,
	);
	if ( ! regulars_is_connected() ) {
		return $nothing;
	}
	$told = regulars_ask( 'export', array( 'email' => $email ) );
	if ( is_wp_error( $told ) ) {
		return $told; // A file without it would look complete.
	}
	$data = array();
	foreach ( isset( $told['groups'] ) && is_array( $told['groups'] ) ? $told['groups'] : array() as $place => $group ) {
		foreach ( isset( $group['items'] ) && is_array( $group['items'] ) ? $group['items'] : array() as $item ) {
			$data[] = array(
				'group_id'    => 'regulars-' . $place,
				'group_label' => sanitize_text_field( isset( $group['label'] ) ? $group['label'] : 'Regulars' ),
				'item_id'     => 'regulars-' . sanitize_key( isset( $item['id'] ) ? (string) $item['id'] : (string) count( $data ) ),
				'data'        => regulars_export_values( isset( $item['data'] ) ? $item['data'] : array() ),
			);
		}
	}
	return array(
		'data' => $data,
		'done' => ! isset( $told['done'] ) || (bool) $told['done'],
	);
}

/**
 * Names and values of one thing known, as plain text.
 *
 * @param mixed $values A list of name and value.
 * @return array<int, array<string, string>>
 */
function regulars_export_values( $values ) {
	$plain = array();
	foreach ( is_array( $values ) ? $values : array() as $value ) {
		if ( isset( $value['name'], $value['value'] ) && is_scalar( $value['name'] ) && is_scalar( $value['value'] ) ) {
			$plain[] = array(
				'name'  => sanitize_text_field( (string) $value['name'] ),
				'value' => sanitize_textarea_field( (string) $value['value'] ),
			);
		}
	}
	return $plain;
}

/**
 * Erase a person: what waits here at once, the rest at Regulars. If that gives no answer, the wish waits in the queue
 * and WordPress is told that something was kept.
 *
 * @param string $email Theirs.
 * @return array<string, mixed>
 */
function regulars_erase_person( $email ) {
	$user = get_user_by( 'email', $email );
	$gone = regulars_queue_forget( $email ) > 0;
	if ( $user && function_exists( 'regulars_erase_storefront' ) ) {
		regulars_erase_storefront( $user->ID );
	}
	$result = array(
		'items_removed'  => $gone,
		'items_retained' => false,
		'messages'       => array(),
		'done'           => true,
	);
	if ( ! regulars_is_connected() ) {
		return $result;
	}
	$told = regulars_ask( 'erase', array( 'email' => $email ) );
	if ( ! is_wp_error( $told ) && ! empty( $told['asked'] ) ) {
		$result['items_removed'] = true;
		$result['messages'][]    = empty( $told['message'] ) ? __( 'Regulars forgets this person.', 'regulars-for-woocommerce' ) : sanitize_text_field( $told['message'] );
		return $result;
	}
	regulars_emit(
		'customer.redacted',
		array(
			'email'       => $email,
			'customer_id' => $user ? $user->ID : null,
		)
	);
	$result['items_retained'] = true;
	$result['messages'][]     = __( 'Regulars gave no answer. The wish waits and is passed on as soon as Regulars can be reached; look under WooCommerce, Regulars.', 'regulars-for-woocommerce' );
	return $result;
}

add_filter(
	'wp_privacy_personal_data_exporters',
	static function ( $exporters ) {
		$exporters['regulars'] = array(
			'exporter_friendly_name' => __( 'Regulars', 'regulars-for-woocommerce' ),
			'callback'               => 'regulars_export_person',
		);
		return $exporters;
	}
);
add_filter(
	'wp_privacy_personal_data_erasers',
	static function ( $erasers ) {
		$erasers['regulars'] = array(
			'eraser_friendly_name' => __( 'Regulars', 'regulars-for-woocommerce' ),
			'callback'             => 'regulars_erase_person',
		);
		return $erasers;
	}
);
add_action(
	'admin_init',
	static function () {
		if ( function_exists( 'wp_add_privacy_policy_content' ) ) {
			wp_add_privacy_policy_content( __( 'Regulars', 'regulars-for-woocommerce' ), wp_kses_post( wpautop( regulars_policy() ) ) );
		}
	}
);

/**
 * What a privacy policy may say about this plugin.
 *
 * @return string
 */
function regulars_policy() {
	return __( 'We use Regulars, a program we run ourselves, to recommend products and to remind you of a cart you left.', 'regulars-for-woocommerce' )
		. "\n\n" . __( 'It receives your orders, your customer account and your reviews from our shop. If you agree to it, it also receives which products you look at and what is in your cart, under a random number kept in your browser.', 'regulars-for-woocommerce' )
		. "\n\n" . __( 'We write to you about news and about what you left in your cart only if you ticked the box at the checkout. Every e-mail has a link that ends this.', 'regulars-for-woocommerce' );
}
