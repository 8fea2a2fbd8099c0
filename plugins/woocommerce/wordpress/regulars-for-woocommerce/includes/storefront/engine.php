<?php
/**
 * One question to the engine while a page is made. All such questions of a page together have 200 ms.
 *
 * @package Regulars
 */

defined( 'ABSPATH' ) || exit;

const REGULARS_BUDGET_MS    = 200;
const REGULARS_RESTING      = 'regulars_resting';
const REGULARS_REST_SECONDS = 60;
const REGULARS_MOST_BYTES   = 262144;

/**
 * Ask for one placement; nothing where there is no answer in time.
 *
 * After a failure nobody asks for a minute, so that a slow engine costs 200 ms a minute and not 200 ms a page.
 *
 * @param array<string, mixed> $question Placement, items and limit.
 * @return array<string, mixed>|null The engine's answer.
 */
function regulars_ask_engine( array $question ): ?array {
	static $spent = 0;
	$left         = REGULARS_BUDGET_MS - $spent;
	if ( $left < 20 || get_transient( REGULARS_RESTING ) || ! function_exists( 'curl_init' ) ) {
		return null;
	}
	$began  = microtime( true );
	$answer = regulars_fetch_within( regulars_question_url( $question ), $left );
	$spent += (int) ceil( ( microtime( true ) - $began ) * 1000 );
	if ( null === $answer ) {
		set_transient( REGULARS_RESTING, 1, REGULARS_REST_SECONDS );
	}
	return $answer;
}

/**
 * Return the address of a question.
 *
 * @param array<string, mixed> $question Placement, items and limit.
 */
function regulars_question_url( array $question ): string {
	$connection = regulars_connection();
	$query      = http_build_query(
		array(
			'shop'      => $connection['public_key'],
			'placement' => $question['placement'],
			'limit'     => $question['limit'],
			'locale'    => $question['locale'],
		)
	);
	foreach ( $question['items'] as $item ) {
		$query .= '&item=' . rawurlencode( (string) $item );
	}
	return untrailingslashit( $connection['engine'] ) . '/v1/page?' . $query;
}

/**
 * Fetch JSON in so many milliseconds, or nothing.
 *
 * WordPress rounds time-outs up to a whole second; the limit is therefore put on its cURL handle.
 *
 * @param string $url          The address.
 * @param int    $milliseconds The budget.
 * @return array<string, mixed>|null
 */
function regulars_fetch_within( string $url, int $milliseconds ): ?array {
	$hurry = static function ( $handle ) use ( $milliseconds ) {
		// phpcs:disable WordPress.WP.AlternativeFunctions.curl_curl_setopt -- WordPress' own handle, see above.
		curl_setopt( $handle, CURLOPT_NOSIGNAL, true );
		curl_setopt( $handle, CURLOPT_CONNECTTIMEOUT_MS, $milliseconds );
		curl_setopt( $handle, CURLOPT_TIMEOUT_MS, $milliseconds );
		// phpcs:enable
	};
	add_action( 'http_api_curl', $hurry );
	// The "safe" one resolves the host's name by itself before it asks, outside of any time limit.
	// phpcs:ignore Generic.PHP.ForbiddenFunctions -- the address is the connection's own.
	$answer = wp_remote_get(
		$url,
		array(
			'timeout'             => (int) ceil( $milliseconds / 1000 ),
			'redirection'         => 0,
			'limit_response_size' => REGULARS_MOST_BYTES,
			'headers'             => array( 'Accept' => 'application/json' ),
		)
	);
	remove_action( 'http_api_curl', $hurry );
	if ( is_wp_error( $answer ) || 200 !== wp_remote_retrieve_response_code( $answer ) ) {
		return null;
	}
	$read = json_decode( wp_remote_retrieve_body( $answer ), true );
	return is_array( $read ) ? $read : null;
}
