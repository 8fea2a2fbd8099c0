<?php
/**
 * What is told to Regulars waits in a table of its own and is carried by Action Scheduler: no shopper waits for another
 * machine, and nothing personal stays in a log of jobs. A row goes as soon as it was taken.
 *
 * @package Regulars
 */

defined( 'ABSPATH' ) || exit;

const REGULARS_SEND    = 'regulars_send';
const REGULARS_SCHEMA  = '1';
const REGULARS_BATCH   = 20;
const REGULARS_LONGEST = 5000; // Rows that may wait; beyond, the oldest give way.
const REGULARS_PATIENT = 3 * DAY_IN_SECONDS; // After so long a row is given up.

/**
 * The table of what waits.
 *
 * @return string
 */
function regulars_queue_table() {
	global $wpdb;
	return $wpdb->prefix . 'regulars_queue';
}

/**
 * Make the table, where it is not there yet.
 */
function regulars_queue_install() {
	global $wpdb;
	if ( get_option( 'regulars_schema' ) === REGULARS_SCHEMA ) {
		return;
	}
	require_once ABSPATH . 'wp-admin/includes/upgrade.php';
	$table = regulars_queue_table();
	dbDelta(
		"CREATE TABLE {$table} (
			id bigint(20) unsigned NOT NULL AUTO_INCREMENT,
			event_id char(36) NOT NULL,
			topic varchar(40) NOT NULL,
			about varchar(80) NOT NULL DEFAULT '',
			person char(64) NOT NULL DEFAULT '',
			body longtext NOT NULL,
			queued_at bigint(20) unsigned NOT NULL,
			claim char(36) NOT NULL DEFAULT '',
			claimed_until bigint(20) unsigned NOT NULL DEFAULT 0,
			PRIMARY KEY  (id),
			KEY about (about),
			KEY person (person),
			KEY claim (claim)
		) {$wpdb->get_charset_collate()};"
	);
	update_option( 'regulars_schema', REGULARS_SCHEMA, true );
}

/**
 * How a person is marked in the table, so that their rows can be found without reading them.
 *
 * @param string $email Their address.
 * @return string
 */
function regulars_person_mark( $email ) {
	return '' === $email ? '' : hash_hmac( 'sha256', strtolower( trim( $email ) ), wp_salt() );
}

/**
 * Put a fact in line.
 *
 * @param string               $topic What it is about, such as `cart.changed`.
 * @param array<string, mixed> $data  The fact.
 * @param string               $about Of a state only the newest counts: an older one about the same that still waits
 *                                    gives way to it. '' for a fact that stands for itself.
 * @return bool Whether it stands in line.
 */
function regulars_emit( $topic, array $data, $about = '' ) {
	global $wpdb;
	if ( ! regulars_is_connected() ) {
		return false;
	}
	$event = array(
		'v'           => 1,
		'topic'       => $topic,
		'event_id'    => wp_generate_uuid4(),
		'occurred_at' => regulars_now(),
		'data'        => $data,
	);
	if ( '' !== $about ) {
		$wpdb->query( $wpdb->prepare( 'DELETE FROM %i WHERE about = %s AND claimed_until < %d', regulars_queue_table(), $about, time() ) ); // phpcs:ignore WordPress.DB.DirectDatabaseQuery
	}
	$is_kept = $wpdb->insert( // phpcs:ignore WordPress.DB.DirectDatabaseQuery
		regulars_queue_table(),
		array(
			'event_id'  => $event['event_id'],
			'topic'     => $topic,
			'about'     => $about,
			'person'    => regulars_person_mark( isset( $data['email'] ) ? (string) $data['email'] : '' ),
			'body'      => (string) wp_json_encode( $event ),
			'queued_at' => time(),
		)
	);
	if ( $is_kept && get_option( 'regulars_rests_until', 0 ) <= time() ) {
		as_enqueue_async_action( REGULARS_SEND, array(), 'regulars', true );
	}
	return (bool) $is_kept;
}

/**
 * Take some rows for this process alone. Another that works at the same time takes others; rows of one that died come
 * free again.
 *
 * @return array<int, object>
 */
function regulars_queue_claim() {
	global $wpdb;
	$claim = wp_generate_uuid4();
	$table = regulars_queue_table();
	// phpcs:disable WordPress.DB.DirectDatabaseQuery
	$wpdb->query( $wpdb->prepare( 'UPDATE %i SET claim = %s, claimed_until = %d WHERE claimed_until < %d ORDER BY id LIMIT %d', $table, $claim, time() + 5 * MINUTE_IN_SECONDS, time(), REGULARS_BATCH ) );
	return (array) $wpdb->get_results( $wpdb->prepare( 'SELECT id, event_id, topic, body, queued_at FROM %i WHERE claim = %s ORDER BY id', $table, $claim ) );
	// phpcs:enable
}

/**
 * Carry what waits to Regulars. Run by Action Scheduler.
 *
 * The first answer that says "not now" ends the round: what is left keeps its place, and the next round comes later.
 */
function regulars_queue_run() {
	global $wpdb;
	if ( ! regulars_is_connected() || get_option( 'regulars_rests_until', 0 ) > time() ) {
		return;
	}
	$ends  = time() + 20;
	$table = regulars_queue_table();
	do {
		$rows = regulars_queue_claim();
		foreach ( $rows as $place => $row ) {
			$trouble = regulars_queue_send( $row );
			if ( null === $trouble ) {
				$wpdb->delete( $table, array( 'id' => $row->id ) ); // phpcs:ignore WordPress.DB.DirectDatabaseQuery
				continue;
			}
			foreach ( array_slice( $rows, $place ) as $left ) {
				$wpdb->update( $table, array( 'claim' => '', 'claimed_until' => 0 ), array( 'id' => $left->id ) ); // phpcs:ignore
			}
			regulars_queue_rest( $trouble );
			return;
		}
	} while ( count( $rows ) === REGULARS_BATCH && time() < $ends );
	delete_option( 'regulars_trouble' );
	delete_option( 'regulars_rounds_lost' );
	update_option( 'regulars_heard_at', time(), false );
	if ( regulars_queue_length( time() ) > 0 ) {
		// Not `unique`: this very job still runs and would be taken for the one that waits.
		as_enqueue_async_action( REGULARS_SEND, array( 'again' => true ), 'regulars' );
	}
}

/**
 * Send one row.
 *
 * @param object $row Of the table.
 * @return string|null Null: done with it, taken or never to be taken. Else why it has to wait.
 */
function regulars_queue_send( $row ) {
	$answer = regulars_post( regulars_connection()['webhook_url'], $row->topic, $row->event_id, $row->body );
	$code   = is_wp_error( $answer ) ? 0 : (int) wp_remote_retrieve_response_code( $answer );
	if ( $code >= 200 && $code < 300 ) {
		return null;
	}
	if ( in_array( $code, array( 400, 413, 422 ), true ) || $row->queued_at < time() - REGULARS_PATIENT ) {
		update_option( 'regulars_failed', 1 + (int) get_option( 'regulars_failed', 0 ), false );
		return null;
	}
	if ( in_array( $code, array( 401, 403, 404, 410 ), true ) ) {
		return __( 'Regulars does not know this shop any more. Please connect it again.', 'regulars-for-woocommerce' );
	}
	if ( $code > 0 ) {
		/* translators: %d: an HTTP status. */
		return sprintf( __( 'Regulars answered with an error (%d). It is tried again.', 'regulars-for-woocommerce' ), $code );
	}
	return __( 'Regulars could not be reached. It is tried again.', 'regulars-for-woocommerce' );
}

/**
 * Let the queue rest after a round that was lost: a minute at first, six hours at most.
 *
 * @param string $trouble Why, for the settings page.
 */
function regulars_queue_rest( $trouble ) {
	global $wpdb;
	$lost  = 1 + (int) get_option( 'regulars_rounds_lost', 0 );
	$until = time() + (int) min( 6 * HOUR_IN_SECONDS, MINUTE_IN_SECONDS * pow( 3, $lost - 1 ) );
	update_option( 'regulars_rounds_lost', $lost, false );
	update_option( 'regulars_rests_until', $until, false );
	update_option( 'regulars_trouble', $trouble, false );
	as_schedule_single_action( $until, REGULARS_SEND, array( 'again' => true ), 'regulars' );
	$table = regulars_queue_table();
	// phpcs:disable WordPress.DB.DirectDatabaseQuery
	$over = regulars_queue_length() - REGULARS_LONGEST;
	if ( $over > 0 ) {
		$wpdb->query( $wpdb->prepare( 'DELETE FROM %i ORDER BY id LIMIT %d', $table, $over ) );
		update_option( 'regulars_failed', $over + (int) get_option( 'regulars_failed', 0 ), false );
	}
	// phpcs:enable
}

/**
 * How many rows wait.
 *
 * @param int|null $now Given: only those nobody carries at that moment.
 * @return int
 */
function regulars_queue_length( $now = null ) {
	global $wpdb;
	if ( get_option( 'regulars_schema' ) !== REGULARS_SCHEMA ) {
		return 0;
	}
	return (int) $wpdb->get_var( $wpdb->prepare( 'SELECT COUNT(*) FROM %i WHERE claimed_until < %d', regulars_queue_table(), null === $now ? PHP_INT_MAX : $now ) ); // phpcs:ignore WordPress.DB.DirectDatabaseQuery
}

/**
 * Take a person's rows out of the line.
 *
 * @param string $email Their address.
 * @return int How many.
 */
function regulars_queue_forget( $email ) {
	global $wpdb;
	$mark = regulars_person_mark( $email );
	if ( '' === $mark || get_option( 'regulars_schema' ) !== REGULARS_SCHEMA ) {
		return 0;
	}
	return (int) $wpdb->delete( regulars_queue_table(), array( 'person' => $mark ) ); // phpcs:ignore WordPress.DB.DirectDatabaseQuery
}

/**
 * Regulars is there again: rest no longer, and carry what waited.
 */
function regulars_queue_wake() {
	foreach ( array( 'regulars_trouble', 'regulars_rests_until', 'regulars_rounds_lost' ) as $name ) {
		delete_option( $name );
	}
	if ( regulars_queue_length( time() ) > 0 ) {
		as_enqueue_async_action( REGULARS_SEND, array( 'again' => true ), 'regulars' );
	}
}

/**
 * Let nothing wait any more, and nobody carry it.
 */
function regulars_queue_empty() {
	global $wpdb;
	if ( get_option( 'regulars_schema' ) === REGULARS_SCHEMA ) {
		$wpdb->query( $wpdb->prepare( 'DELETE FROM %i', regulars_queue_table() ) ); // phpcs:ignore WordPress.DB.DirectDatabaseQuery
	}
	foreach ( array( 'regulars_trouble', 'regulars_rests_until', 'regulars_rounds_lost', 'regulars_failed', 'regulars_heard_at' ) as $name ) {
		delete_option( $name );
	}
	if ( function_exists( 'as_unschedule_all_actions' ) ) {
		as_unschedule_all_actions( '', array(), 'regulars' );
	}
}

/**
 * Whatever became of the single jobs: once an hour somebody looks into the queue.
 */
function regulars_queue_watch() {
	if ( regulars_is_connected() && ! as_has_scheduled_action( 'regulars_look', array(), 'regulars' ) ) {
		as_schedule_recurring_action( time() + HOUR_IN_SECONDS, HOUR_IN_SECONDS, 'regulars_look', array(), 'regulars' );
	}
}

add_action( REGULARS_SEND, 'regulars_queue_run', 10, 0 );
add_action( 'regulars_look', 'regulars_queue_run', 10, 0 );
add_action( 'regulars_connected', 'regulars_queue_watch' );
add_action(
	'admin_init',
	static function () {
		if ( regulars_is_connected() && ! wp_doing_ajax() ) {
			regulars_queue_install();
			regulars_queue_watch();
		}
	}
);
