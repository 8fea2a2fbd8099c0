<?php
/**
 * Who the person of this request is: their account, the address they gave, and what they said to marketing e-mail.
 *
 * An address is told only together with a yes. What was said lives in the WooCommerce session until the order, and goes
 * with it.
 *
 * @package Regulars
 */

defined( 'ABSPATH' ) || exit;

const REGULARS_SAID = 'regulars_said'; // In the session: email, is_given.

/**
 * The signed-in customer, or null. Who runs the shop is not a customer.
 *
 * @param WP_User|null $signed_in Who signs in with this very request: WordPress knows them only from the next one on.
 * @return int|null
 */
function regulars_customer_id( $signed_in = null ) {
	static $new = 0;
	if ( $signed_in ) {
		$new = (int) $signed_in->ID;
	}
	$id = get_current_user_id() ? get_current_user_id() : $new;
	return $id && ! regulars_is_staff( $id ) ? $id : null;
}

/**
 * Whether somebody runs the shop rather than buys in it.
 *
 * @param int $id Their account.
 * @return bool
 */
function regulars_is_staff( $id ) {
	return user_can( $id, 'edit_posts' ) || user_can( $id, 'manage_woocommerce' );
}

/**
 * The words beside the checkbox.
 *
 * @return string
 */
function regulars_wording() {
	$own = trim( (string) regulars_setting( 'wording', '' ) );
	return '' !== $own ? $own : __( 'E-mail me news and reminders about what I left in my cart. I can stop this in every e-mail.', 'regulars-for-woocommerce' );
}

/**
 * The address the person agreed to be written to at, or ''.
 *
 * @return string
 */
function regulars_agreed_email() {
	$said = WC()->session ? WC()->session->get( REGULARS_SAID ) : null;
	return is_array( $said ) && ! empty( $said['is_given'] ) && ! empty( $said['email'] ) ? $said['email'] : '';
}

/**
 * Hear what the person says at the checkout.
 *
 * A yes is told once for each address. A box that was never ticked says nothing; one that was ticked and is emptied
 * again takes the yes back.
 *
 * @param string $email    What stands in the field.
 * @param bool   $is_given Whether the box is ticked.
 * @param string $source   Where it was said.
 */
function regulars_hear( $email, $is_given, $source ) {
	$session = WC()->session;
	if ( ! $session || ! regulars_is_connected() ) {
		return;
	}
	$email = strtolower( sanitize_email( $email ) );
	$known = regulars_agreed_email();
	if ( '' !== $known && ( ! $is_given || ( '' !== $email && $email !== $known ) ) ) {
		regulars_tell_consent( $known, false, $source );
		$session->set( REGULARS_SAID, null );
		$known = '';
	}
	if ( $is_given && is_email( $email ) && $email !== $known ) {
		regulars_tell_consent( $email, true, $source );
		$session->set(
			REGULARS_SAID,
			array(
				'email'    => $email,
				'is_given' => true,
			)
		);
	}
	regulars_cart_touched();
}

/**
 * Tell what somebody said to marketing e-mail, with the words they saw.
 *
 * @param string   $email       Their address.
 * @param bool     $is_given    What they said.
 * @param string   $source      Where.
 * @param int|null $customer_id Their account; the one of this request where none is named.
 */
function regulars_tell_consent( $email, $is_given, $source, $customer_id = null ) {
	$wording = regulars_wording();
	regulars_emit(
		'consent.changed',
		array(
			'purpose'         => 'email_marketing',
			'is_given'        => $is_given,
			'email'           => $email,
			'customer_id'     => $customer_id ? $customer_id : regulars_customer_id(),
			'wording'         => $wording,
			'wording_version' => substr( hash( 'sha256', $wording ), 0, 12 ),
			'locale'          => determine_locale(),
			'source'          => $source,
		)
	);
}

/**
 * Tell which account a browser belongs to.
 *
 * @param WP_User|int $user Who signed in.
 */
function regulars_tell_sign_in( $user ) {
	$user    = $user instanceof WP_User ? $user : get_userdata( (int) $user );
	$visitor = regulars_known_visitor();
	if ( $user && $visitor && ! regulars_is_staff( $user->ID ) ) {
		regulars_emit(
			'visitor.recognized',
			array(
				'visitor_id'  => $visitor,
				'customer_id' => $user->ID,
			),
			'visitor:' . $visitor
		);
	}
}

add_action(
	'wp_login',
	static function ( $login, $user = null ) {
		if ( $user ) {
			regulars_customer_id( $user );
			regulars_tell_sign_in( $user );
			regulars_cart_touched();
		}
	},
	10,
	2
);
add_action( 'woocommerce_created_customer', 'regulars_tell_sign_in' );
