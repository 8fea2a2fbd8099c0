<?php
/**
 * A connected shop with three products and an empty cart, new for each test.
 *
 * @package Regulars
 */

use PHPUnit\Framework\TestCase;

abstract class StorefrontCase extends TestCase {
	protected function setUp(): void {
		wp_forget_all();
		$GLOBALS['wp']      += array(
			'connection' => array(
				'engine'     => 'https://regulars.example',
				'public_key' => 'pk',
			),
			'products'   => array(),
			'transients' => array(),
			'notices'    => array(),
		);
		$GLOBALS['wpdb']     = new Carts_Of_Test();
		$this->comes_in();
		foreach ( array( 11, 12, 13 ) as $id ) {
			$this->stocks( $id );
		}
	}

	/** Somebody opens the shop in a browser of their own. */
	protected function comes_in() {
		$GLOBALS['shop'] = (object) array(
			'cart'    => new WC_Cart(),
			'session' => new Session_Of_Test(),
		);
	}

	protected function stocks( $id, array $facts = array() ) {
		$GLOBALS['wp']['products'][ $id ] = new WC_Product( $id, $facts );
	}

	/** Lay out what the engine will say. */
	protected function engine_says( ...$ids ) {
		$items = array_map( static fn( $id ) => array( 'id' => (string) $id, 'image' => "https://shop.example/$id.jpg" ), $ids );
		$said  = array( 'answers' => array( array( 'items' => $items, 'words' => array( 'heading' => 'Goes <well> with this' ) ) ) );

		$GLOBALS['wp']['answers'] = array( array( 'code' => 200, 'body' => json_encode( $said ) ) );
	}

	protected function asked() {
		return array_column( $GLOBALS['wp']['sent'], 'url' );
	}
}
