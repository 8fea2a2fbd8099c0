<?php
/**
 * What the merchant can choose for the storefront.
 *
 * @package Regulars
 */

defined( 'ABSPATH' ) || exit;

/**
 * Return the choices a shop starts with.
 *
 * @return array<string, string>
 */
function regulars_storefront_defaults(): array {
	return array(
		'product'    => 'yes',
		'cart'       => 'yes',
		'empty_cart' => 'yes',
		'thankyou'   => 'yes',
		'archive'    => 'no',
		'limit'      => '4',
		'consent'    => 'wp_consent_api',
	);
}

/**
 * Return one choice, or what a shop starts with.
 *
 * @param string $name The choice.
 */
function regulars_storefront_option( string $name ): string {
	$chosen = get_option( 'regulars_storefront', array() );
	$all    = array_merge( regulars_storefront_defaults(), is_array( $chosen ) ? $chosen : array() );
	return is_scalar( $all[ $name ] ?? '' ) ? (string) ( $all[ $name ] ?? '' ) : '';
}

/**
 * Return the names of the places where recommendations show by themselves.
 *
 * @return string[]
 */
function regulars_active_placements(): array {
	$places = array( 'product', 'cart', 'empty_cart', 'thankyou', 'archive' );
	return array_values( array_filter( $places, static fn( $one ) => 'yes' === regulars_storefront_option( $one ) ) );
}

/**
 * Tell who asks shoppers whether they may be remembered: a consent plugin, the shop's own page, or nobody.
 */
function regulars_consent_source(): string {
	if ( 'own' === regulars_storefront_option( 'consent' ) ) {
		return 'own';
	}
	return function_exists( 'wp_has_consent' ) ? 'wp_consent_api' : 'none';
}

/**
 * Return the fields for the settings page, in the words of WooCommerce's settings.
 *
 * @return array<int, array<string, mixed>>
 */
function regulars_storefront_fields(): array {
	$fields = array(
		array(
			'type'  => 'title',
			'id'    => 'regulars_storefront_section',
			'title' => __( 'In the shop', 'regulars-for-woocommerce' ),
			'desc'  => __( 'Where recommendations show. The block “Recommendations” and the shortcode [regulars] put them anywhere else.', 'regulars-for-woocommerce' ),
		),
	);
	foreach ( regulars_placement_names() as $name => $words ) {
		$fields[] = array(
			'type'    => 'checkbox',
			'id'      => "regulars_storefront[$name]",
			'title'   => $words,
			'default' => regulars_storefront_defaults()[ $name ],
		);
	}
	$fields[] = array(
		'type'    => 'select',
		'id'      => 'regulars_storefront[limit]',
		'title'   => __( 'How many items', 'regulars-for-woocommerce' ),
		'default' => regulars_storefront_defaults()['limit'],
		'options' => array_combine( range( 2, 8 ), array_map( 'strval', range( 2, 8 ) ) ),
	);
	$fields[] = array(
		'type'    => 'select',
		'id'      => 'regulars_storefront[consent]',
		'title'   => __( 'Who asks shoppers', 'regulars-for-woocommerce' ),
		'desc'    => __( 'Nobody is remembered before they agreed. Without an answer, recommendations are the same for everyone.', 'regulars-for-woocommerce' ),
		'default' => regulars_storefront_defaults()['consent'],
		'options' => array(
			'wp_consent_api' => __( 'My consent plugin (through the WP Consent API)', 'regulars-for-woocommerce' ),
			'own'            => __( 'My own page, with regularsQueue.push(["consent", true])', 'regulars-for-woocommerce' ),
		),
	);
	$fields[] = array(
		'type' => 'sectionend',
		'id'   => 'regulars_storefront_section',
	);
	return $fields;
}

/**
 * Return the places where recommendations can show by themselves, and what a merchant calls them.
 *
 * @return array<string, string>
 */
function regulars_placement_names(): array {
	return array(
		'product'    => __( 'On a product’s page', 'regulars-for-woocommerce' ),
		'cart'       => __( 'Below the cart', 'regulars-for-woocommerce' ),
		'empty_cart' => __( 'In an empty cart', 'regulars-for-woocommerce' ),
		'thankyou'   => __( 'On the thank-you page', 'regulars-for-woocommerce' ),
		'archive'    => __( 'Below the list of products', 'regulars-for-woocommerce' ),
	);
}

/**
 * Keep of what was posted only what can be chosen.
 *
 * @param mixed $posted What the settings page sent.
 * @return array<string, string>
 */
function regulars_clean_storefront( $posted ): array {
	$posted = is_array( $posted ) ? $posted : array();
	$clean  = regulars_storefront_defaults();
	foreach ( array_keys( regulars_placement_names() ) as $name ) {
		$clean[ $name ] = in_array( $posted[ $name ] ?? 'no', array( 'yes', '1', 1, true ), true ) ? 'yes' : 'no';
	}
	$clean['limit']   = (string) max( 2, min( 8, absint( $posted['limit'] ?? 4 ) ) );
	$clean['consent'] = 'own' === ( $posted['consent'] ?? '' ) ? 'own' : 'wp_consent_api';
	return $clean;
}
