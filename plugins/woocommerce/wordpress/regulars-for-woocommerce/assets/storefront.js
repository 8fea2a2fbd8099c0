/**
 * Loads the engine's script, tells it what happens in the shop, and asks the shop's consent plugin first.
 * Nothing is remembered and nothing told before the shopper agreed. Pages may come from a cache: what is here is the
 * same for everyone.
 */
( () => {
	const page = window.regularsPage;
	if ( ! page || window.regularsStarted ) {
		return;
	}
	window.regularsStarted = true;
	window.regularsQueue = window.regularsQueue || [];
	const COOKIE = 'regulars_visitor';
	const YEAR = 31536000;
	const CART = 'wc/store/cart';

	const tell = ( ...call ) => window.regularsQueue.push( call );
	const parent = ( id ) => page.parents?.[ id ] || String( id );

	// True, false, or undefined while nobody has asked the shopper.
	const agreed = () => {
		const type = window.wp_consent_type || window.consent_api?.consent_type;
		if ( page.asks === 'wp_consent_api' && type && window.wp_has_consent ) {
			return Boolean( window.wp_has_consent( page.category ) );
		}
	};

	// The shop's server knows a visitor by this, for carts and orders. It goes with the consent.
	const mirror = () => {
		const id = window.regulars?.visitor();
		const secure = location.protocol === 'https:' ? ';secure' : '';
		if ( id || document.cookie.includes( COOKIE + '=' ) ) {
			document.cookie = `${ COOKIE }=${ id || '' };path=/;max-age=${ id ? YEAR : 0 };samesite=lax${ secure }`;
		}
	};

	let isTold = false;
	const arrived = () => {
		if ( isTold || ! window.regulars.visitor() ) {
			return;
		}
		isTold = true;
		if ( page.viewed ) {
			tell( 'viewed', page.viewed );
		}
		if ( page.searched ) {
			tell( 'searched', page.searched );
		}
	};

	const settle = () => {
		if ( ! window.regulars ) {
			return;
		}
		const known = Boolean( window.regulars.visitor() );
		const answer = agreed();
		if ( answer !== undefined && answer !== known ) {
			tell( 'consent', answer );
		}
		arrived();
		mirror();
	};

	// A shelf that came too late for the page is put in where nobody sees it happen.
	const fillLate = () => {
		for ( const mark of document.querySelectorAll( '.regulars-late' ) ) {
			if ( mark.getBoundingClientRect().top > window.innerHeight ) {
				const place = document.createElement( 'regulars-recommendations' );
				for ( const [ name, value ] of Object.entries( JSON.parse( mark.dataset.marks ) ) ) {
					place.setAttribute( name, value );
				}
				mark.replaceWith( place );
			}
		}
	};

	const changed = ( before, now ) => {
		now.filter( ( id ) => ! before.includes( id ) ).forEach( ( id ) => tell( 'addedToCart', id ) );
		before.filter( ( id ) => ! now.includes( id ) ).forEach( ( id ) => tell( 'removedFromCart', id ) );
		for ( const place of document.querySelectorAll( 'regulars-recommendations[data-regulars-cart]' ) ) {
			place.setAttribute( 'item', now.join( ' ' ) );
		}
	};

	// The cart block keeps the cart in a store of its own.
	const watchCartBlock = () => {
		const store = window.wp?.data?.select?.( CART );
		if ( ! store?.getCartData ) {
			return;
		}
		let before;
		window.wp.data.subscribe( () => {
			if ( ! store.hasFinishedResolution( 'getCartData' ) ) {
				return;
			}
			const now = [ ...new Set( store.getCartData().items.map( ( { id } ) => parent( id ) ) ) ];
			if ( before && before.join() !== now.join() ) {
				changed( before, now );
			}
			before = now;
		}, CART );
	};

	// The cart block grows as it draws itself; below it nothing shows until it is still.
	const showAfterCart = () => {
		const cart = document.querySelector( '.wp-block-woocommerce-cart' );
		const shelf = document.querySelector( '.regulars-after-cart' );
		if ( ! cart || ! shelf ) {
			return;
		}
		let timer;
		const wait = () => {
			clearTimeout( timer );
			timer = setTimeout( look, 400 );
		};
		const watcher = new ResizeObserver( wait );
		const look = () => {
			if ( cart.matches( '.is-loading' ) || cart.querySelector( '.is-loading, [class*=skeleton]' ) ) {
				wait();
				return;
			}
			watcher.disconnect();
			shelf.classList.add( 'regulars-settled' );
		};
		watcher.observe( cart );
	};

	// Buttons in lists: what was pressed is told when the shop says that it is in the cart.
	const watchButtons = () => {
		let pressed;
		const added = () => {
			if ( pressed ) {
				tell( 'addedToCart', pressed );
			}
			pressed = undefined;
		};
		document.addEventListener(
			'click',
			( { target } ) => {
				pressed = target.closest?.( 'a[data-product_id], button[data-product_id]' )?.dataset.product_id || pressed;
			},
			true
		);
		document.body.addEventListener( 'wc-blocks_added_to_cart', added );
		window.jQuery?.( document.body ).on( 'added_to_cart', added );
		window.jQuery?.( document.body ).on( 'removed_from_cart', ( event, fragments, hash, button ) => {
			const id = button?.data?.( 'product_id' );
			if ( id ) {
				tell( 'removedFromCart', parent( id ) );
			}
		} );
		document.addEventListener( 'submit', ( { target, submitter } ) => {
			if ( target.matches?.( 'form.cart' ) ) {
				const told = new FormData( target );
				const id = told.get( 'product_id' ) || told.get( 'add-to-cart' ) || submitter?.value;
				if ( /^\d+$/.test( id ) ) {
					tell( 'addedToCart', id );
				}
			}
		} );
	};

	const script = document.createElement( 'script' );
	script.src = page.engine + '/widget.js';
	script.async = true;
	script.dataset.shop = page.shop;
	script.onload = () => {
		settle();
		fillLate();
	};
	document.head.append( script );
	document.addEventListener( 'wp_listen_for_consent_change', settle );
	document.addEventListener( 'wp_consent_type_defined', settle );
	window.addEventListener( 'pagehide', mirror );
	watchButtons();
	watchCartBlock();
	showAfterCart();
} )();
