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
const REGULARS_KEPT_SECONDS  = 1800; // What a job fetched. Price and stock are looked up anew for each page.
const REGULARS_MOST_CONTEXT  = 20;
const REGULARS_PATIENCE_MS   = 5000;
const REGULARS_ASLEEP        = 'regulars_asleep';

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
	$known    = get_transient( regulars_shelf_key( $question ) );
	if ( is_array( $known ) ) {
		return $known;
	}
	$answer = regulars_ask_engine( $question );
	if ( null === $answer ) {
		regulars_ask_later( $question );
		return null;
	}
	$shelf = regulars_read_answer( $answer );
	set_transient( regulars_shelf_key( $question ), $shelf, REGULARS_FRESH_SECONDS );
	return $shelf;
}

/**
 * Return under which name the answer to a question is kept.
 *
 * @param array<string, mixed> $question Placement, items, limit and locale.
 */
function regulars_shelf_key( array $question ): string {
	return 'regulars_' . md5( (string) wp_json_encode( array( regulars_connection(), $question ) ) );
}

/**
 * Have a question asked again by a job that may wait longer, so that a distant engine fills shelves too.
 *
 * Not for carts: there are as many of them as shoppers. And not while the jobs get no answer either.
 *
 * @param array<string, mixed> $question Placement, items, limit and locale.
 */
function regulars_ask_later( array $question ): void {
	$mark = regulars_shelf_key( $question ) . '_asked';
	if ( 'cart' === $question['placement'] || count( $question['items'] ) > 1 || get_transient( $mark ) || get_transient( REGULARS_ASLEEP ) ) {
		return;
	}
	set_transient( $mark, 1, REGULARS_FRESH_SECONDS );
	as_enqueue_async_action( 'regulars_fill_shelf', array( $question ), 'regulars' );
}

/**
 * Ask in the background, and keep the answer for longer: nobody waits for the next one either.
 *
 * @param mixed $question Placement, items, limit and locale.
 */
function regulars_fill_shelf( $question ): void {
	if ( ! is_array( $question ) || ! regulars_connection() || get_transient( REGULARS_ASLEEP ) ) {
		return;
	}
	$answer = regulars_fetch_within( regulars_question_url( $question ), REGULARS_PATIENCE_MS );
	if ( null === $answer ) {
		set_transient( REGULARS_ASLEEP, 1, REGULARS_KEPT_SECONDS );
	} else {
		set_transient( regulars_shelf_key( $question ), regulars_read_answer( $answer ), REGULARS_KEPT_SECONDS );
	}
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
