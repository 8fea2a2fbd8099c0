<?php
/**
 * WordPress, as far as the plugin calls it. What was set aside for a test lies in $GLOBALS['wp'].
 *
 * @package Regulars
 */

function wp_forget_all() {
	$GLOBALS['wp'] = array(
		'options' => array( 'regulars_schema' => '1' ),
		'user'    => 0,
		'can'     => array(),
		'posts'   => array(),
		'answers' => array(),
		'sent'    => array(),
		'jobs'    => array(),
	);
}

// Hooks. What the plugin hangs up when it is loaded stays; a test's own go with the test.
$GLOBALS['wp_hooks'] = array();

function add_filter( $name, $call, $priority = 10, $count = 1 ) {
	$GLOBALS['wp_hooks'][ $name ][ $priority ][] = array( $call, $count );
	ksort( $GLOBALS['wp_hooks'][ $name ] );
	return true;
}

function add_action( $name, $call, $priority = 10, $count = 1 ) {
	return add_filter( $name, $call, $priority, $count );
}

function has_action( $name, $call ) {
	foreach ( $GLOBALS['wp_hooks'][ $name ] ?? array() as $priority => $calls ) {
		if ( in_array( $call, array_column( $calls, 0 ), true ) ) {
			return $priority;
		}
	}
	return false;
}

function remove_action( $name, $call, $priority = 10 ) {
	$GLOBALS['wp_hooks'][ $name ][ $priority ] = array_filter(
		$GLOBALS['wp_hooks'][ $name ][ $priority ] ?? array(),
		static fn( $one ) => $one[0] !== $call
	);
}

function apply_filters( $name, $value = null, ...$more ) {
	foreach ( $GLOBALS['wp_hooks'][ $name ] ?? array() as $calls ) {
		foreach ( $calls as list( $call, $count ) ) {
			$value = $call( ...array_slice( array( $value, ...$more ), 0, $count ) );
		}
	}
	return $value;
}

function do_action( $name, ...$arguments ) {
	foreach ( $GLOBALS['wp_hooks'][ $name ] ?? array() as $calls ) {
		foreach ( $calls as list( $call, $count ) ) {
			$call( ...array_slice( $arguments, 0, $count ) );
		}
	}
}

// Options and users.
function get_option( $name, $fallback = false ) {
	return $GLOBALS['wp']['options'][ $name ] ?? $fallback;
}

function update_option( $name, $value, $autoload = null ) {
	$GLOBALS['wp']['options'][ $name ] = $value;
	return true;
}

function add_option( $name, $value ) {
	$GLOBALS['wp']['options'] += array( $name => $value );
}

function delete_option( $name ) {
	unset( $GLOBALS['wp']['options'][ $name ] );
}

function get_current_user_id() {
	return $GLOBALS['wp']['user'];
}

function current_user_can( $what ) {
	return in_array( $what, $GLOBALS['wp']['can'], true );
}

function user_can( $user, $what ) {
	return current_user_can( $what );
}

function get_userdata( $id ) {
	return new WP_User( $id );
}

class WP_User {
	public $ID;

	public function __construct( $id ) {
		$this->ID = $id;
	}
}

function get_user_by( $field, $value ) {
	return false;
}

// The network: answers are laid out beforehand, what was sent is kept.
class WP_Error {
	public $code;
	public $message;

	public function __construct( $code = '', $message = '' ) {
		$this->code    = $code;
		$this->message = $message;
	}
}

function is_wp_error( $thing ) {
	return $thing instanceof WP_Error;
}

function wp_safe_remote_post( $url, $arguments ) {
	$GLOBALS['wp']['sent'][] = array( 'url' => $url ) + $arguments;
	$answers                 = &$GLOBALS['wp']['answers'];
	$answer                  = count( $answers ) > 1 ? array_shift( $answers ) : ( $answers[0] ?? 200 );
	return is_int( $answer ) ? array( 'code' => $answer, 'body' => '{}' ) : $answer;
}

function wp_remote_retrieve_response_code( $answer ) {
	return $answer['code'];
}

function wp_remote_retrieve_body( $answer ) {
	return $answer['body'];
}

// Action Scheduler.
function as_enqueue_async_action( $hook, $arguments = array(), $group = '', $unique = false ) {
	if ( $unique && in_array( $hook, array_column( $GLOBALS['wp']['jobs'], 0 ), true ) ) {
		return 0;
	}
	$GLOBALS['wp']['jobs'][] = array( $hook, time() );
	return 1;
}

function as_schedule_single_action( $when, $hook, $arguments = array(), $group = '' ) {
	$GLOBALS['wp']['jobs'][] = array( $hook, $when );
	return 1;
}

function as_schedule_recurring_action( $when, $every, $hook, $arguments = array(), $group = '' ) {
	$GLOBALS['wp']['jobs'][] = array( $hook, $when );
	return 1;
}

function as_has_scheduled_action( $hook, $arguments = null, $group = '' ) {
	return in_array( $hook, array_column( $GLOBALS['wp']['jobs'], 0 ), true );
}

function as_unschedule_all_actions( $hook, $arguments = array(), $group = '' ) {
	$GLOBALS['wp']['jobs'] = array();
}

// Posts and comments.
function get_comment( $comment ) {
	return is_object( $comment ) ? $comment : ( $GLOBALS['wp']['posts'][ "comment{$comment}" ] ?? null );
}

function wp_get_comment_status( $comment ) {
	return array( '1' => 'approved', '0' => 'unapproved' )[ $comment->comment_approved ] ?? $comment->comment_approved;
}

function get_comment_meta( $id, $name, $single ) {
	return $GLOBALS['wp']['posts'][ "comment{$id}" ]->meta[ $name ] ?? '';
}

function get_post_type( $id ) {
	return 'product';
}

// Words.
function __( $words, $domain = 'default' ) {
	return $words;
}

function esc_html( $words ) {
	return htmlspecialchars( $words, ENT_QUOTES );
}

function determine_locale() {
	return 'en_GB';
}

function sanitize_email( $email ) {
	return trim( (string) $email );
}

function is_email( $email ) {
	return false !== filter_var( $email, FILTER_VALIDATE_EMAIL );
}

function sanitize_text_field( $text ) {
	return trim( strip_tags( $text ) );
}

function sanitize_textarea_field( $text ) {
	return trim( strip_tags( $text ) );
}

function sanitize_key( $key ) {
	return preg_replace( '/[^a-z0-9_-]/', '', strtolower( $key ) );
}

function wp_strip_all_tags( $text ) {
	return trim( strip_tags( $text ) );
}

function wp_json_encode( $value ) {
	return json_encode( $value );
}

function wp_parse_url( $url, $part = -1 ) {
	return parse_url( $url, $part );
}

function wp_generate_uuid4() {
	$hex = bin2hex( random_bytes( 16 ) );
	return substr( $hex, 0, 8 ) . '-' . substr( $hex, 8, 4 ) . '-4' . substr( $hex, 13, 3 ) . '-8' . substr( $hex, 17, 3 ) . '-' . substr( $hex, 20 );
}

function untrailingslashit( $text ) {
	return rtrim( $text, '/' );
}

function wp_salt() {
	return 'salt';
}

function plugin_basename( $file ) {
	return 'regulars-for-woocommerce/regulars-for-woocommerce.php';
}

function is_multisite() {
	return false;
}
