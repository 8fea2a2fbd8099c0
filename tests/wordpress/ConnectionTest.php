<?php
/**
 * Connecting, and the way to exactly one machine.
 *
 * @package Regulars
 */

final class ConnectionTest extends ShopCase {
	/** @dataProvider addresses */
	public function test_an_address_is_read_as_its_origin( $typed, $origin ) {
		$this->assertSame( $origin, regulars_origin( $typed ) );
	}

	public static function addresses() {
		return array(
			array( 'regulars.example', 'https://regulars.example' ),
			array( ' https://Regulars.Example/admin?x=1#y ', 'https://regulars.example' ),
			array( 'http://10.0.0.7:8000/', 'http://10.0.0.7:8000' ),
			array( 'https://regulars.example:443', 'https://regulars.example' ),
			array( 'http://regulars.example:443', 'http://regulars.example:443' ),
			array( 'https://[::1]:9000', 'https://[::1]:9000' ),
			array( 'https://me:secret@regulars.example', '' ),
			array( 'https://regulars.example@evil.example', '' ),
			array( 'javascript://regulars.example/%0aalert(1)', '' ),
			array( 'ftp://regulars.example', '' ),
			array( 'https://', '' ),
			array( 'https://a b', '' ),
			array( '', '' ),
		);
	}

	public function test_a_complete_connection_is_taken() {
		$this->assertSame( '', regulars_connection_trouble( $this->told() ) );
	}

	public function test_a_regulars_that_lives_below_a_path_is_taken_and_its_slash_dropped() {
		$told = $this->told( array( 'engine' => 'https://shops.example/regulars/', 'webhook_url' => 'https://shops.example/regulars/webhooks/w' ) );

		$this->assertSame( '', regulars_connection_trouble( $told ) );
		regulars_connect( $told );
		$this->assertSame( 'https://shops.example/regulars', regulars_engine() );
		$this->assertTrue( regulars_is_ours( 'https://shops.example/regulars/v1/page' ) );
	}

	public function test_connecting_again_wakes_what_rested() {
		regulars_emit( 'item.deleted', array( 'id' => 1 ) );
		$this->carry( 401 );
		$GLOBALS['wp']['jobs'] = array();
		regulars_connect( $this->told() );

		$this->assertSame( array( 'item.deleted' ), $this->topics() );
		$this->assertSame( '', regulars_status()['trouble'] );
		$this->assertTrue( as_has_scheduled_action( REGULARS_SEND ) );
	}

	/** @dataProvider wrong */
	public function test_a_connection_with_something_wrong_is_refused_with_a_sentence( $wrong ) {
		$this->assertMatchesRegularExpression( '/\.$/', regulars_connection_trouble( $wrong + $this->told() ) );
	}

	public static function wrong() {
		return array(
			'events elsewhere'        => array( array( 'webhook_url' => 'https://evil.example/webhooks' ) ),
			'events at a longer name' => array( array( 'webhook_url' => 'https://regulars.example:84430/webhooks' ) ),
			'short secret'            => array( array( 'secret' => 'short' ) ),
			'no secret'               => array( array( 'secret' => '' ) ),
			'a list for a word'       => array( array( 'slug' => array( 'x' ) ) ),
			'a question in it'        => array( array( 'engine' => self::ENGINE . '/?x=' ) ),
			'another path'            => array( array( 'engine' => self::ENGINE . '/shop' ) ),
			'somebody in it'          => array( array( 'engine' => 'https://me@regulars.example:8443', 'webhook_url' => 'https://me@regulars.example:8443/w' ) ),
			'markup in the key'       => array( array( 'public_key' => '"><script>' ) ),
		);
	}

	public function test_a_private_host_and_its_port_open_for_our_machine_alone() {
		regulars_connect( $this->told( array( 'engine' => 'http://10.0.0.7:8000', 'webhook_url' => 'http://10.0.0.7:8000/w' ) ) );
		$opens = static fn( $url ) => array(
			apply_filters( 'http_request_host_is_external', false, parse_url( $url, PHP_URL_HOST ), $url ),
			apply_filters( 'http_allowed_safe_ports', array( 80, 443, 8080 ), parse_url( $url, PHP_URL_HOST ), $url ),
		);

		$this->assertSame( array( true, array( 80, 443, 8080, 8000 ) ), $opens( 'http://10.0.0.7:8000/w?x=1' ) );
		foreach ( array( 'http://10.0.0.7:8001/w', 'https://10.0.0.7:8000/w', 'http://10.0.0.8:8000/w', 'http://169.254.169.254/', 'http://10.0.0.7:8000@127.0.0.1/' ) as $other ) {
			$this->assertSame( array( false, array( 80, 443, 8080 ) ), $opens( $other ), $other );
		}
	}

	public function test_nothing_opens_where_nothing_is_connected() {
		regulars_disconnect();
		delete_option( REGULARS_ENGINE );

		$this->assertFalse( apply_filters( 'http_request_host_is_external', false, '127.0.0.1', 'http://127.0.0.1/' ) );
	}

	public function test_leaving_is_told_to_regulars_which_would_connect_itself_anew_otherwise() {
		regulars_leave();

		$sent = $GLOBALS['wp']['sent'];
		$this->assertSame( array( self::ENGINE . '/webhooks/woocommerce/harbour-tea' ), array_column( $sent, 'url' ) );
		$this->assertSame( 'plugin.removed', json_decode( $sent[0]['body'], true )['topic'] );
		$this->assertFalse( regulars_is_connected() );
		regulars_leave();
		$this->assertCount( 1, $GLOBALS['wp']['sent'] );
	}

	public function test_the_administrators_button_leaves_whole() {
		$admin = file_get_contents( REGULARS_DIR . '/includes/admin.php' );

		$this->assertMatchesRegularExpression( "/admit\\( 'regulars_disconnect' \\);\\s+regulars_leave\\(\\);/", $admin );
	}

	public function test_the_signature_is_the_one_the_other_side_computes() {
		$this->assertSame(
			't=1790000000,v1=ea9fbf0da297e2e182e97d92edce3c443843fe2e86b959a5dd2c328fa0dd1763',
			regulars_signature( '{"v":1}', self::SECRET, 1790000000 )
		);
	}

	public function test_the_secret_is_in_no_status() {
		$this->assertStringNotContainsString( self::SECRET, json_encode( regulars_status() ) );
	}

	public function test_woocommerces_own_letter_rests_only_while_ours_runs() {
		$rests = static fn() => apply_filters( 'woocommerce_abandoned_cart_recovery_suppress', false );

		$this->assertTrue( $rests() );
		update_option( REGULARS_SETTINGS, array( 'reminds' => false ) );
		$this->assertFalse( $rests() );
		delete_option( REGULARS_SETTINGS );
		regulars_disconnect();
		$this->assertFalse( $rests() );
	}
}
