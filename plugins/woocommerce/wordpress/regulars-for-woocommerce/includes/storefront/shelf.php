<?php
/**
 * What stands on a shelf: the engine's answer for people nobody knows, from a short cache.
 *
 * Pages may be cached for everyone, so that nothing in them may be personal; the script makes it personal afterwards.
 *
 * @package Regulars
 */

defined( 'ABSPATH' ) || exit;

const REGULARS_FRESH_SECONDS = 300;
const REGULARS_MOST_CONTEXT  = 20;

/**
 * Return heading and item ids for a placement, or nothing.
 *
 * @param string $placement One of home, product, cart.
 * @param int[]  $items     The items it stands beside.
 * @param int    $limit     How many.
 * @return array{heading: string, items: array<int, array<string, string>>}|null
 */
function regulars_shelf( string $placement, array $items, int $limit ): ?array {
	$question = array(
		'placement' => $placement,
		'items'     => array_slice( array_values( array_unique( array_map( 'absint', $items ) ) ), 0, REGULARS_MOST_CONTEXT ),
		'limit'     => $limit,
		'locale'    => str_replace( '_', '-', determine_locale() ),
	);
	$key      = 'regulars_' . md5( (string) wp_json_encode( array( regulars_connection(), $question ) ) );
	$known    = get_transient( $key );
	if ( is_array( $known ) ) {
		return $known;
	}
	$answer = regulars_ask_engine( $question );
	if ( null === $answer ) {
		return null;
	}
	$shelf = regulars_read_answer( $answer );
	set_transient( $key, $shelf, REGULARS_FRESH_SECONDS );
	return $shelf;
}

/**
 * Keep of an answer what is shown, and only if it looks as it should.
 *
 * @param array<string, mixed> $answer What the engine said.
 * @return array{heading: string, items: array<int, array<string, string>>}
 */
function regulars_read_answer( array $answer ): array {
	$said  = $answer['answers'][0] ?? array();
	$words = $said['words']['heading'] ?? '';
	$items = array();
	foreach ( is_array( $said['items'] ?? null ) ? $said['items'] : array() as $one ) {
		if ( is_array( $one ) && is_string( $one['id'] ?? null ) && ctype_digit( $one['id'] ) ) {
			$items[] = array(
				'id'    => $one['id'],
				'image' => is_string( $one['image'] ?? null ) ? $one['image'] : '',
			);
		}
	}
	return array(
		'heading' => is_string( $words ) ? $words : '',
		'items'   => $items,
	);
}
