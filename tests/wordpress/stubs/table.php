<?php
/**
 * The one table of the plugin, in memory: it understands the sentences that includes/queue.php says to it.
 *
 * @package Regulars
 */

class Table_Of_Test {
	public $prefix = 'wp_';
	public $rows   = array();
	private $next  = 1;

	public function prepare( $sentence, ...$values ) {
		return array( $sentence, $values );
	}

	public function insert( $table, $row ) {
		$this->rows[] = (object) ( $row + array( 'id' => $this->next++, 'claim' => '', 'claimed_until' => 0 ) );
		return 1;
	}

	public function update( $table, $changes, $where ) {
		foreach ( $this->rows as $row ) {
			if ( $row->id === $where['id'] ) {
				foreach ( $changes as $name => $value ) {
					$row->$name = $value;
				}
			}
		}
	}

	public function delete( $table, $where ) {
		$before     = count( $this->rows );
		$name       = array_key_first( $where );
		$this->rows = array_values( array_filter( $this->rows, static fn( $row ) => $row->$name !== $where[ $name ] ) );
		return $before - count( $this->rows );
	}

	public function query( $asked ) {
		list( $sentence, $values ) = $asked;
		switch ( strtok( $sentence, '%' ) . substr_count( $sentence, '%' ) ) {
			case 'DELETE FROM 3':
				$this->rows = array_values( array_filter( $this->rows, static fn( $row ) => $row->about !== $values[1] || $row->claimed_until >= $values[2] ) );
				return;
			case 'DELETE FROM 2':
				$this->rows = array_slice( $this->rows, $values[1] );
				return;
			case 'DELETE FROM 1':
				$this->rows = array();
				return;
			case 'UPDATE 5':
				$free = array_filter( $this->rows, static fn( $row ) => $row->claimed_until < $values[3] );
				foreach ( array_slice( $free, 0, $values[4] ) as $row ) {
					$row->claim         = $values[1];
					$row->claimed_until = $values[2];
				}
				return;
		}
		throw new LogicException( "The table does not understand: {$sentence}" );
	}

	public function get_results( $asked ) {
		return array_values( array_filter( $this->rows, static fn( $row ) => $row->claim === $asked[1][1] ) );
	}

	public function get_var( $asked ) {
		return count( array_filter( $this->rows, static fn( $row ) => $row->claimed_until < $asked[1][1] ) );
	}
}
