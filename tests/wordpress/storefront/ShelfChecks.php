<?php
/**
 * What a shelf shows, and that it never stands in a page's way.
 *
 * @package Regulars
 */

final class ShelfChecks extends StorefrontCase {
	public function test_a_shelf_shows_what_the_shop_has_at_the_shops_own_names_and_prices() {
		$this->stocks( 11, array( 'name' => 'Tea & <i>mug</i>', 'price' => '9.50' ) );
		$this->engine_says( 11 );

		$html = regulars_render( 'product', array( 7 ) );

		$this->assertStringContainsString( 'placement="product" item="7" limit="4"', $html );
		$this->assertStringContainsString( '<h2 class="regulars-heading">Goes &lt;well&gt; with this</h2>', $html );
		$this->assertStringContainsString( 'href="https://shop.example/product/11/"', $html );
		$this->assertStringContainsString( 'Tea &amp; mug', $html );
		$this->assertStringContainsString( '&pound;9.50', $html );
		$this->assertStringContainsString( '?shop=pk&placement=product&limit=6&locale=en-GB&item=7', $this->asked()[0] );
	}

	public function test_what_is_hidden_sold_out_or_gone_is_left_out() {
		$this->stocks( 12, array( 'stock' => false ) );
		$this->stocks( 13, array( 'visible' => false ) );
		$this->engine_says( 12, 13, 14, 11 );

		$this->assertSame( 1, substr_count( regulars_render( 'home' ), 'role="listitem"' ) );
	}

	public function test_no_more_is_shown_than_wished() {
		$this->engine_says( 11, 12, 13 );

		$this->assertSame( 2, substr_count( regulars_render( 'home', array(), array( 'limit' => 2 ) ), 'role="listitem"' ) );
	}

	public function test_the_next_page_takes_the_answer_from_the_cache() {
		$this->engine_says( 11 );
		regulars_render( 'product', array( 7 ) );
		regulars_render( 'product', array( 7 ) );
		regulars_render( 'product', array( 8 ) );

		$this->assertCount( 2, $this->asked() );
	}

	/** @dataProvider faults */
	public function test_trouble_leaves_a_mark_without_height_and_nobody_asks_for_a_minute( $answer ) {
		$GLOBALS['wp']['answers'] = array( $answer );

		$html = regulars_render( 'product', array( 7 ) );
		regulars_render( 'product', array( 8 ) );

		$this->assertStringNotContainsString( '<regulars-recommendations', $html );
		$this->assertStringContainsString( '<div class="regulars-late" data-marks="{&quot;placement&quot;', $html );
		$this->assertCount( 1, $this->asked() );
	}

	public static function faults() {
		return array(
			'no answer in time' => array( new WP_Error( 'http_request_failed' ) ),
			'an error'          => array( 503 ),
			'a redirect'        => array( 302 ),
			'a page of HTML'    => array( array( 'code' => 200, 'body' => '<html>' ) ),
		);
	}

	public function test_a_distant_engine_fills_the_shelf_for_the_next_page_by_a_job() {
		$GLOBALS['wp']['answers'] = array( new WP_Error( 'http_request_failed' ) );
		regulars_render( 'product', array( 7 ) );
		regulars_render( 'product', array( 7 ) );
		$this->assertSame( array( 'regulars_fill_shelf' ), array_column( $GLOBALS['wp']['jobs'], 0 ) );

		$this->engine_says( 11 );
		do_action( 'regulars_fill_shelf', array( 'placement' => 'product', 'items' => array( 7 ), 'limit' => 6, 'locale' => 'en-GB' ) );

		$this->assertStringContainsString( 'role="listitem"', regulars_render( 'product', array( 7 ) ) );
	}

	public function test_jobs_ask_about_no_carts_and_not_while_nobody_answers() {
		$GLOBALS['wp']['answers'] = array( new WP_Error( 'http_request_failed' ) );
		regulars_render( 'cart', array( 7 ) );
		do_action( 'regulars_fill_shelf', array( 'placement' => 'home', 'items' => array(), 'limit' => 6, 'locale' => 'en-GB' ) );
		regulars_render( 'product', array( 8 ) );

		$this->assertSame( array(), $GLOBALS['wp']['jobs'] );
	}

	public function test_an_engine_with_nothing_to_show_leaves_nothing() {
		$this->engine_says();

		$this->assertSame( '', regulars_render( 'home' ) );
	}

	/** @dataProvider odd */
	public function test_an_odd_answer_is_nothing_to_show( $said ) {
		$GLOBALS['wp']['answers'] = array( array( 'code' => 200, 'body' => $said ) );

		$this->assertSame( '', regulars_render( 'home' ) );
	}

	public static function odd() {
		return array(
			array( '{}' ),
			array( '{"answers":[]}' ),
			array( '{"answers":[{"items":"x","words":7}]}' ),
			array( '{"answers":[{"items":[{"id":"<script>"},{"id":7},null]}]}' ),
		);
	}

	public function test_a_shop_without_a_connection_shows_and_asks_nothing() {
		$GLOBALS['wp']['connection'] = array();

		$this->assertSame( '', regulars_render( 'home' ) );
		$this->assertSame( array(), $this->asked() );
	}

	public function test_a_placement_nobody_knows_is_nothing() {
		$this->assertSame( '', regulars_render( '"><script>' ) );
	}

	public function test_only_a_picture_from_the_web_is_shown() {
		$GLOBALS['wp']['answers'] = array( array( 'code' => 200, 'body' => '{"answers":[{"items":[{"id":"11","image":"javascript:alert(1)"}]}]}' ) );

		$this->assertStringNotContainsString( 'javascript', regulars_render( 'home' ) );
	}

	public function test_below_a_block_a_shelf_is_as_wide_as_the_block() {
		$this->assertSame( ' alignwide', regulars_width_of( '<div data-x="1" class="wp-block-woocommerce-cart alignwide is-loading"><p>' ) );
		$this->assertSame( '', regulars_width_of( '<div class="wp-block-woocommerce-cart"><div class="alignwide">' ) );
	}

	public function test_only_32_hex_digits_are_a_visitor() {
		foreach ( array( str_repeat( 'a', 32 ) => true, str_repeat( 'A', 32 ) => false, str_repeat( 'a', 33 ) => false, '' => false ) as $told => $is_one ) {
			$_COOKIE['regulars_visitor'] = $told;
			$this->assertSame( $is_one ? $told : null, regulars_visitor_id() );
		}
		$_COOKIE['regulars_visitor'] = array( 'x' );
		$this->assertNull( regulars_visitor_id() );
		unset( $_COOKIE['regulars_visitor'] );
	}

	public function test_settings_keep_only_what_can_be_chosen() {
		$clean = regulars_clean_storefront( array( 'product' => '1', 'limit' => '900', 'consent' => '<b>', 'other' => 'x' ) );

		$this->assertSame(
			array( 'product' => 'yes', 'cart' => 'no', 'empty_cart' => 'no', 'thankyou' => 'no', 'archive' => 'no', 'limit' => '8', 'consent' => 'wp_consent_api' ),
			$clean
		);
	}
}
