<?php
/**
 * The page under WooCommerce, Regulars: connect, see how it stands, choose.
 *
 * @package Regulars
 */

defined( 'ABSPATH' ) || exit;

const REGULARS_PAGE = 'regulars';

/**
 * The address of the page.
 *
 * @param string $said What the page is to say, one of the keys in regulars_notices().
 * @return string
 */
function regulars_page_url( $said = '' ) {
	return add_query_arg( array_filter( array( 'page' => REGULARS_PAGE, 'said' => $said ) ), admin_url( 'admin.php' ) ); // phpcs:ignore
}

add_action(
	'admin_menu',
	static function () {
		add_submenu_page( 'woocommerce', __( 'Regulars', 'regulars-for-woocommerce' ), __( 'Regulars', 'regulars-for-woocommerce' ), 'manage_woocommerce', REGULARS_PAGE, 'regulars_page' );
	},
	60
);

add_filter(
	'plugin_action_links_' . plugin_basename( REGULARS_FILE ),
	static function ( $links ) {
		array_unshift( $links, '<a href="' . esc_url( regulars_page_url() ) . '">' . esc_html__( 'Settings', 'regulars-for-woocommerce' ) . '</a>' );
		return $links;
	}
);

/**
 * What the page says after something was done.
 *
 * @return array<string, array<int, string>> Kind and sentence.
 */
function regulars_notices() {
	return array(
		'saved'        => array( 'success', __( 'Saved.', 'regulars-for-woocommerce' ) ),
		'disconnected' => array( 'success', __( 'This shop is no longer connected. What Regulars already knows stays there until you close the shop in Regulars.', 'regulars-for-woocommerce' ) ),
		'address'      => array( 'error', __( 'That is not an address. Please write it as https://regulars.example.', 'regulars-for-woocommerce' ) ),
		'https'        => array( 'error', __( 'WordPress hands out keys only to an address that begins with https. Please give your Regulars one.', 'regulars-for-woocommerce' ) ),
	);
}

/**
 * Let only who runs the shop, on the page's own form, go on.
 *
 * @param string $action Which form.
 */
function regulars_admit( $action ) {
	if ( ! current_user_can( 'manage_woocommerce' ) ) {
		wp_die( esc_html__( 'Only who runs this shop may do that.', 'regulars-for-woocommerce' ), '', array( 'response' => 403 ) );
	}
	check_admin_referer( $action );
}

// Connect: on to Regulars, which comes back to WooCommerce's own page for keys.
add_action(
	'admin_post_regulars_connect',
	static function () {
		regulars_admit( 'regulars_connect' );
		$engine = regulars_origin( isset( $_POST['engine'] ) ? sanitize_text_field( wp_unslash( $_POST['engine'] ) ) : '' ); // phpcs:ignore WordPress.Security.NonceVerification
		if ( '' === $engine || 0 !== strpos( $engine, 'https://' ) ) {
			wp_safe_redirect( regulars_page_url( '' === $engine ? 'address' : 'https' ) );
			exit;
		}
		update_option( REGULARS_ENGINE, $engine, false );
		wp_redirect( add_query_arg( 'address', rawurlencode( home_url() ), $engine . '/connect/woocommerce' ) ); // phpcs:ignore WordPress.Security.SafeRedirect -- to the Regulars that was just typed.
		exit;
	}
);

add_action(
	'admin_post_regulars_disconnect',
	static function () {
		regulars_admit( 'regulars_disconnect' );
		regulars_leave();
		wp_safe_redirect( regulars_page_url( 'disconnected' ) );
		exit;
	}
);

add_action(
	'admin_post_regulars_save',
	static function () {
		// phpcs:disable WordPress.Security.NonceVerification
		regulars_admit( 'regulars_save' );
		update_option(
			REGULARS_SETTINGS,
			array(
				'asks'    => ! empty( $_POST['asks'] ),
				'wording' => isset( $_POST['wording'] ) ? substr( sanitize_text_field( wp_unslash( $_POST['wording'] ) ), 0, 500 ) : '',
				'reminds' => ! empty( $_POST['reminds'] ),
			),
			true
		);
		if ( function_exists( 'regulars_storefront_fields' ) ) {
			woocommerce_update_options( regulars_storefront_fields() );
			update_option( 'regulars_storefront', (array) apply_filters( 'regulars_storefront_save', (array) get_option( 'regulars_storefront', array() ) ) );
		}
		wp_safe_redirect( regulars_page_url( 'saved' ) );
		exit;
		// phpcs:enable
	}
);

/**
 * The page.
 */
function regulars_page() {
	if ( ! current_user_can( 'manage_woocommerce' ) ) {
		return;
	}
	$said    = isset( $_GET['said'] ) ? sanitize_key( wp_unslash( $_GET['said'] ) ) : ''; // phpcs:ignore WordPress.Security.NonceVerification
	$notices = regulars_notices();
	echo '<div class="wrap"><h1>' . esc_html__( 'Regulars', 'regulars-for-woocommerce' ) . '</h1>';
	if ( isset( $notices[ $said ] ) ) {
		printf( '<div class="notice notice-%s"><p>%s</p></div>', esc_attr( $notices[ $said ][0] ), esc_html( $notices[ $said ][1] ) );
	}
	if ( regulars_is_connected() ) {
		regulars_page_connected();
		regulars_page_choices();
	} else {
		regulars_page_connect();
	}
	echo '</div>';
}

/**
 * The beginning of a form of this page.
 *
 * @param string $action Which.
 */
function regulars_form( $action ) {
	echo '<form method="post" action="' . esc_url( admin_url( 'admin-post.php' ) ) . '">';
	echo '<input type="hidden" name="action" value="' . esc_attr( $action ) . '">';
	wp_nonce_field( $action );
}

/**
 * Not connected yet.
 */
function regulars_page_connect() {
	echo '<p>' . esc_html__( 'Regulars remembers what your customers like and shows it on the shelf. It runs on a machine of yours; this plugin connects your shop with it.', 'regulars-for-woocommerce' ) . '</p>';
	echo '<p>' . esc_html__( 'Nothing leaves your shop before you connect it. Afterwards Regulars receives orders, products, customers and reviews, and what visitors who agreed to it look at.', 'regulars-for-woocommerce' ) . '</p>';
	regulars_form( 'regulars_connect' );
	echo '<table class="form-table" role="presentation"><tr><th scope="row"><label for="regulars-engine">' . esc_html__( 'Address of your Regulars', 'regulars-for-woocommerce' ) . '</label></th><td>';
	echo '<input id="regulars-engine" name="engine" type="url" class="regular-text" required placeholder="https://regulars.example" value="' . esc_attr( regulars_engine() ) . '">';
	echo '<p class="description">' . esc_html__( 'You sign in there, come back to this shop, and agree that Regulars may read it and write coupons.', 'regulars-for-woocommerce' ) . '</p></td></tr></table>';
	submit_button( __( 'Connect', 'regulars-for-woocommerce' ) );
	echo '</form>';
}

/**
 * How it stands.
 */
function regulars_page_connected() {
	$status     = regulars_status();
	$connection = regulars_connection();
	$heard      = (int) get_option( 'regulars_heard_at', 0 );
	if ( '' !== $status['trouble'] ) {
		echo '<div class="notice notice-warning inline"><p>' . esc_html( $status['trouble'] ) . '</p></div>';
	}
	$rows = array(
		__( 'Connected with', 'regulars-for-woocommerce' )    => $connection['engine'],
		__( 'Waits to be passed on', 'regulars-for-woocommerce' ) => number_format_i18n( $status['queued'] ),
		__( 'Given up', 'regulars-for-woocommerce' )          => number_format_i18n( $status['failed'] ),
		/* translators: %s: a duration, such as "2 minutes". */
		__( 'Passed on last', 'regulars-for-woocommerce' )    => $heard ? sprintf( __( '%s ago', 'regulars-for-woocommerce' ), human_time_diff( $heard ) ) : __( 'not yet', 'regulars-for-woocommerce' ),
	);
	if ( ! $status['failed'] ) {
		unset( $rows[ __( 'Given up', 'regulars-for-woocommerce' ) ] );
	}
	if ( 'none' === $status['consent'] ) {
		$rows[ __( 'Visitors', 'regulars-for-woocommerce' ) ] = __( 'Nobody is remembered: there is no consent plugin here that uses the WP Consent API.', 'regulars-for-woocommerce' );
	}
	echo '<table class="form-table" role="presentation">';
	foreach ( $rows as $name => $value ) {
		echo '<tr><th scope="row">' . esc_html( $name ) . '</th><td>' . esc_html( $value ) . '</td></tr>';
	}
	echo '</table>';
	regulars_form( 'regulars_disconnect' );
	echo '<p><a class="button button-primary" href="' . esc_url( $connection['engine'] ) . '">' . esc_html__( 'Open Regulars', 'regulars-for-woocommerce' ) . '</a> ';
	submit_button( __( 'Disconnect', 'regulars-for-woocommerce' ), 'secondary', 'submit', false );
	echo '</p></form>';
}

/**
 * What the merchant chooses.
 */
function regulars_page_choices() {
	echo '<h2>' . esc_html__( 'Choices', 'regulars-for-woocommerce' ) . '</h2>';
	regulars_form( 'regulars_save' );
	echo '<table class="form-table" role="presentation">';
	echo '<tr><th scope="row">' . esc_html__( 'At the checkout', 'regulars-for-woocommerce' ) . '</th><td>';
	regulars_choice( 'checkbox', 'asks', '1', (bool) regulars_setting( 'asks', true ), __( 'Ask beside the e-mail address whether Regulars may write. The box is never ticked beforehand.', 'regulars-for-woocommerce' ) );
	echo '<p><label for="regulars-wording">' . esc_html__( 'The words beside the box', 'regulars-for-woocommerce' ) . '</label><br>';
	echo '<input id="regulars-wording" name="wording" type="text" class="large-text" maxlength="500" value="' . esc_attr( (string) regulars_setting( 'wording', '' ) ) . '" placeholder="' . esc_attr( regulars_wording() ) . '"></p></td></tr>';
	echo '<tr><th scope="row">' . esc_html__( 'Carts that were left', 'regulars-for-woocommerce' ) . '</th><td>';
	regulars_choice( 'checkbox', 'reminds', '1', (bool) regulars_setting( 'reminds', true ), __( 'Regulars writes about them; WooCommerce’s own e-mail rests, so that nobody gets two.', 'regulars-for-woocommerce' ) );
	echo '</td></tr>';
	echo '</table>';
	if ( function_exists( 'regulars_storefront_fields' ) ) {
		woocommerce_admin_fields( regulars_storefront_fields() );
	}
	submit_button();
	echo '</form>';
}

/**
 * One box or button with its sentence.
 *
 * @param string $type  checkbox or radio.
 * @param string $name  Its name.
 * @param string $value Its value.
 * @param bool   $is_on Whether it is chosen.
 * @param string $words Its sentence.
 */
function regulars_choice( $type, $name, $value, $is_on, $words ) {
	printf(
		'<label><input type="%1$s" name="%2$s" value="%3$s" %4$s> %5$s</label><br>',
		esc_attr( $type ),
		esc_attr( $name ),
		esc_attr( $value ),
		checked( $is_on, true, false ),
		esc_html( $words )
	);
}
