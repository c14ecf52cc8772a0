{{ self.comment() }}
{%- if l.tb.timescale %}
`timescale 1ns / 1ps
{%- endif %}

`ifdef VERILATOR
module {{ l.tb.module }}_tb (
  input  wire clk,
  output reg  tb_done,
  output reg  tb_failed
);
`else
module {{ l.tb.module }}_tb;
  reg clk;
  reg tb_done;
  reg tb_failed;
`endif

  localparam integer TB_STEPS   = {{ l.rows.len() }};
{%- if let Some(held) = l.held %}
  // Cycles for which a row with flag 4 stays, and of all rows.
  localparam integer TB_HELD    = {{ held }};
  localparam integer TB_CLOCKS  = {{ l.clocks }};
{%- endif %}
  localparam integer TB_RESULTS = {{ l.results }};
  // Cycles before the first step{% if l.fills() %}: the pipeline is filled, one clock of reset drops all of it{% else if l.tb.has_rst %}: reset{% else %}: what registers hold at power-up leaves{% endif %}.
  localparam integer TB_WARM_UP = {{ l.warm_up }};
  localparam integer TB_DRAIN   = {{ l.drain() }};

  // Rows of vectors, {{ per_word }} in a word; they stand at the end.
  reg [{{ self.word_bits() - 1 }}:0] tb_words [0:{{ self.count() - 1 }}];

  integer tb_cycle;    // of the stimulus: negative before its first step
  integer tb_check;    // step whose result is next
{%- if l.held.is_some() %}
  integer tb_step;     // row that is next
  integer tb_stays;    // cycles that the row of the inputs still stays, this one included
  integer tb_awaited;  // results of tb_check still to come, the next one included
  reg     tb_lost;     // one of them did not come
{%- endif %}
  integer tb_failures;
  reg [{{ l.row_bits - 1 }}:0] tb_now;   // row that drives the inputs
  reg [{{ l.row_bits - 1 }}:0] tb_want;  // row of tb_check

  // The core.
{%- if l.tb.has_rst %}
  reg  rst;
{%- endif %}
{%- if l.tb.has_ce %}
  wire ce = tb_now[{{ l.row_bits - 3 }}];
{%- endif %}
{%- if l.tb.has_tokens() %}
  wire in_valid = tb_now[{{ l.row_bits - 4 }}];
{%- endif %}
{%- for f in l.inputs %}
  wire {{ self.range(f) }}{{ f.port.name }} = {{ self.slice("tb_now", f) }};
{%- endfor %}
{%- if l.tb.has_tokens() %}
  wire out_valid;
{%- endif %}
{%- for f in l.outputs %}
  wire {{ self.range(f) }}{{ f.port.name }};
{%- endfor %}

  {{ l.tb.module }} tb_core (
{%- if l.tb.clocked %}
    .clk(clk),
{%- if l.tb.has_rst %}
    .rst(rst),
{%- endif %}
{%- if l.tb.has_ce %}
    .ce(ce),
{%- endif %}
{%- endif %}
{%- if l.tb.has_tokens() %}
    .in_valid(in_valid),
    .out_valid(out_valid),
{%- endif %}
{%- for f in self.fields() %}
    .{{ f.port.name }}({{ f.port.name }}){% if !loop.last %},{% endif %}
{%- endfor %}
  );

  // Operands and expected results of step tb_check.
{%- for f in self.fields() %}
  wire {{ self.range(f) }}tb_want_{{ f.port.name }} = {{ self.slice("tb_want", f) }};
{%- endfor %}
  wire tb_same = {% for f in l.outputs %}{% if !loop.first %} && {% endif %}({{ f.port.name }} === tb_want_{{ f.port.name }}){% endfor %};

  // Padding of the rows.
  wire tb_unused = &{1'b0, tb_now, tb_want};

  // Bit 0: an input is taken in this cycle. Bit k: it was, k enabled cycles before.
{%- if l.tb.latency == 0 %}
{%- if l.tb.has_tokens() %}
  wire tb_due = in_valid;
{%- else %}
  wire tb_due = tb_now[{{ l.row_bits - 4 }}];
{%- endif %}
{%- else %}
  reg  [{{ l.tb.latency - 1 }}:0] tb_history;
  wire [{{ l.tb.latency }}:0] tb_taken = {tb_history, in_valid};
  wire tb_due = tb_taken[{{ l.tb.latency }}];
{%- endif %}

  function [{{ l.row_bits - 1 }}:0] tb_row;
    input integer tb_index;
    tb_row = tb_words[tb_index / {{ per_word }}][(tb_index % {{ per_word }}) * {{ l.row_bits }} +: {{ l.row_bits }}];
  endfunction

  // The first step from tb_from on whose input is taken.
  function integer tb_next;
    input integer tb_from;
    reg [{{ l.row_bits - 1 }}:0] tb_unused_bits;
    begin
      tb_next = tb_from;
      tb_unused_bits = tb_row(tb_next);
      while (tb_next < TB_STEPS && tb_unused_bits[{{ l.row_bits - 3 }}:{{ l.row_bits - 4 }}] != 2'b11) begin
        tb_next = tb_next + 1;
        tb_unused_bits = tb_row(tb_next);
      end
    end
  endfunction

{%- if l.held.is_some() %}

  // Cycles for which a row stays.
  function integer tb_duration;
    input [{{ l.row_bits - 1 }}:0] tb_unused_bits;
    tb_duration = tb_unused_bits[{{ l.row_bits - 2 }}] ? TB_HELD : 1;
  endfunction
{%- endif %}

  // Counters are blocking: tasks below read what was just counted, and no other process does.
  /* verilator lint_off BLKSEQ */
{%- if l.floats() %}

  // Prints the number of a floating-point code. Magnitudes up to tb_max are numbers.
  task tb_show_float;
    input [63:0] tb_code;
    input tb_signed;
    input integer tb_we;
    input integer tb_wf;
    input integer tb_bias;
    input tb_subnormals;
    input [63:0] tb_max;
    input [63:0] tb_infinity;
    input tb_minus_zero;
    reg [63:0] tb_magnitude;
    reg [63:0] tb_field;
    reg tb_negative;
    integer tb_exponent;
    real tb_value;
    begin
      tb_magnitude = tb_code & ((64'd1 << (tb_we + tb_wf)) - 64'd1);
      tb_negative = tb_signed && tb_magnitude !== tb_code;
      tb_field = tb_magnitude >> tb_wf;
      if (^tb_code === 1'bx)
        $write("unknown");
      else if (tb_magnitude > tb_max && tb_magnitude != tb_infinity || tb_negative && tb_magnitude == 64'd0 && !tb_minus_zero)
        $write("nan");
      else begin
        if (tb_negative) $write("-");
        if (tb_magnitude > tb_max)
          $write("inf");
        else begin
          tb_exponent = tb_field[31:0] - tb_bias - tb_wf;
          tb_magnitude = tb_magnitude & ((64'd1 << tb_wf) - 64'd1);
          if (tb_field == 64'd0 && tb_subnormals)
            tb_exponent = tb_exponent + 1;
          else
            tb_magnitude = tb_magnitude | (64'd1 << tb_wf);
          tb_value = tb_magnitude;
          // Beyond double precision the power of two is left alone.
          if (tb_exponent > 971 || tb_exponent < -1074)
            $write("%0d*2^%0d", tb_magnitude, tb_exponent);
          else begin
            while (tb_exponent > 0) begin
              tb_value = tb_value * 2.0;
              tb_exponent = tb_exponent - 1;
            end
            while (tb_exponent < 0) begin
              tb_value = tb_value / 2.0;
              tb_exponent = tb_exponent + 1;
            end
            if (tb_wf > 23) $write("%0.17g", tb_value);
            else $write("%0.9g", tb_value);
          end
        end
      end
    end
  endtask
{%- endif %}
{%- if l.widest_fixed() > 0 %}

  // Prints the number of a fixed-point code: an integer times 2^tb_lsb.
  task tb_show_fixed;
    input [{{ l.widest_fixed() - 1 }}:0] tb_code;
    input integer tb_width;
    input tb_signed;
    input integer tb_lsb;
    reg tb_negative;
    reg tb_carry;
    reg tb_bit;
    integer tb_index;
    real tb_value;
    real tb_weight;
    begin
      tb_negative = tb_signed && tb_code[tb_width - 1];
      tb_value = 0.0;
      tb_weight = 1.0;
      for (tb_index = 0; tb_index < tb_lsb; tb_index = tb_index + 1) tb_weight = tb_weight * 2.0;
      for (tb_index = 0; tb_index > tb_lsb; tb_index = tb_index - 1) tb_weight = tb_weight / 2.0;
      // The magnitude of a negative number is its complement plus one.
      tb_carry = tb_negative;
      for (tb_index = 0; tb_index < tb_width; tb_index = tb_index + 1) begin
        tb_bit = tb_code[tb_index] ^ tb_negative ^ tb_carry;
        tb_carry = tb_carry && !tb_code[tb_index];
        if (tb_bit) tb_value = tb_value + tb_weight;
        tb_weight = tb_weight * 2.0;
      end
      if (^tb_code === 1'bx) $write("unknown");
      else begin
        if (tb_negative) $write("-");
        if (tb_width > 30) $write("%0.17g", tb_value);
        else $write("%0.9g", tb_value);
      end
    end
  endtask
{%- endif %}
{%- for s in l.shows %}

  task tb_show_{{ loop.index0 }};
    input {{ self.show_range(s) }}tb_vector;
{%- if s.lanes > 1 %}
    integer tb_lane;
    begin
      $write(" (");
      for (tb_lane = 0; tb_lane < {{ s.lanes }}; tb_lane = tb_lane + 1) begin
        if (tb_lane > 0) $write(", ");
        {{ self.show_call(s) }}
      end
      $write(")");
    end
{%- else %}
    begin
      $write(" (");
      {{ self.show_call(s) }}
      $write(")");
    end
{%- endif %}
  endtask
{%- endfor %}

  // The result of step tb_check is wrong, or isn't there.
  task tb_wrong;
    begin
      tb_failures = tb_failures + 1;
      if (tb_failures <= {{ shown }}) begin
        $write("FAIL cycle %0d:", tb_check);
{%- for f in l.inputs %}
        {{ self.show_operand(f) }}
{%- endfor %}
        $write(":");
{%- if l.held.is_some() %}
        if (tb_lost)
          $write(" out_valid was not 1 in one of the %0d cycles", TB_HELD);
        else
{%- endif %}
{%- if l.tb.has_tokens() %}
        if (out_valid !== 1'b1)
          $write(" out_valid=%b expected 1", out_valid);
        else begin
{%- for f in l.outputs %}
          {{ self.show_result(f) }}
          {{ self.show_expected(f) }}
{%- endfor %}
        end
{%- else %}
{%- for f in l.outputs %}
        {{ self.show_result(f) }}
        {{ self.show_expected(f) }}
{%- endfor %}
{%- endif %}
        $write("\n");
      end
    end
  endtask
{%- if l.tb.has_tokens() %}

  // A result without an input.
  task tb_extra;
    begin
      tb_failures = tb_failures + 1;
      if (tb_failures <= {{ shown }})
        $write("FAIL cycle %0d: out_valid=%b expected 0: no input was taken {{ l.tb.latency }} enabled cycles before\n",
               tb_cycle, out_valid);
    end
  endtask
{%- endif %}

  always @(posedge clk) begin
    if (!tb_done) begin
      // What the core shows now.
      if (tb_cycle >= 0{% if l.tb.has_ce %} && ce{% endif %}) begin
{%- if l.held.is_some() %}
        if (tb_due && tb_awaited > 1) begin
          if (out_valid !== 1'b1) tb_lost = 1'b1;
          tb_awaited = tb_awaited - 1;
        end
        else if (tb_due) begin
          if (tb_lost || out_valid !== 1'b1 || !tb_same) tb_wrong;
          tb_check = tb_next(tb_check + 1);
          tb_want <= tb_row(tb_check);
          tb_awaited = tb_duration(tb_row(tb_check));
          tb_lost = 1'b0;
        end
{%- else %}
        if (tb_due) begin
          if ({% if l.tb.has_tokens() %}out_valid !== 1'b1 || {% endif %}!tb_same) tb_wrong;
          tb_check = tb_next(tb_check + 1);
          tb_want <= tb_row(tb_check);
        end
{%- endif %}
{%- if l.tb.has_tokens() %}
        else if (out_valid !== 1'b0)
          tb_extra;
{%- endif %}
{%- if l.tb.latency > 0 %}
        tb_history <= tb_taken[{{ l.tb.latency - 1 }}:0];
{%- endif %}
      end
      // What it gets next.
      tb_cycle = tb_cycle + 1;
{%- if l.tb.has_rst %}
      rst <= tb_cycle {% if l.fills() %}== -1{% else %}< 0{% endif %};
{%- endif %}
{%- if l.held.is_some() %}
      if (tb_stays > 1)
        tb_stays = tb_stays - 1;
      else if (tb_cycle >= 0 && tb_step < TB_STEPS) begin
        tb_now <= tb_row(tb_step);
        tb_stays = tb_duration(tb_row(tb_step));
        tb_step = tb_step + 1;
      end
{%- else %}
      if (tb_cycle >= 0 && tb_cycle < TB_STEPS)
        tb_now <= tb_row(tb_cycle);
{%- endif %}
{%- if l.fills() %}
      else if (tb_cycle < -1)
        tb_now <= {{ l.row_bits }}'h{{ l.filling }};
      else if (tb_cycle == -1)
        tb_now <= {{ l.row_bits }}'h{{ l.dropped }};
{%- endif %}
      else
        tb_now <= {{ l.row_bits }}'h{{ l.idle }};
      if (tb_cycle == {% if l.held.is_some() %}TB_CLOCKS{% else %}TB_STEPS{% endif %} + TB_DRAIN) begin
        if (tb_failures > {{ shown }}) $write("and %0d more\n", tb_failures - {{ shown }});
        if (tb_failures == 0) $write("PASS %0d vectors\n", TB_RESULTS);
        else $write("FAIL %0d of %0d\n", tb_failures, TB_RESULTS);
        tb_failed <= tb_failures != 0;
        tb_done <= 1'b1;
`ifndef VERILATOR
`ifdef __ICARUS__
        if (tb_failures != 0) $finish_and_return(1);
`endif
        $finish(0);
`endif
      end
    end
  end
  /* verilator lint_on BLKSEQ */

`ifndef VERILATOR
  reg [8*1024:1] tb_wave;

  initial begin
    if ($value$plusargs("wave=%s", tb_wave)) begin
      $dumpfile(tb_wave);
      $dumpvars(0, {{ l.tb.module }}_tb);
    end
    clk = 1'b0;
    forever #5 clk = ~clk;
  end
`endif

  // A row: {{ l.row_comment() }}.
  initial begin
    tb_done = 1'b0;
    tb_failed = 1'b0;
    tb_failures = 0;
    tb_cycle = -TB_WARM_UP;
{%- if l.held.is_some() %}
    tb_step = 0;
    tb_stays = 1;
    tb_lost = 1'b0;
{%- endif %}
    tb_now = {{ l.row_bits }}'h{% if l.fills() %}{{ l.filling }}{% else %}{{ l.idle }}{% endif %};
{%- if l.tb.has_rst %}
    rst = 1'b{% if l.fills() %}0{% else %}1{% endif %};
{%- endif %}
{%- if l.tb.latency > 0 %}
    tb_history = {{ l.tb.latency }}'d0;
{%- endif %}
{%- for word in self.words() %}
    tb_words[{{ loop.index0 }}] = { // rows {{ loop.index * per_word - 1 }} to {{ loop.index0 * per_word }}
{%- for row in word.iter().rev() %}
      {{ l.row_bits }}'h{{ row }}{% if !loop.last %},{% endif %}
{%- endfor %}
    };
{%- endfor %}
    tb_check = tb_next(0);
    tb_want = tb_row(tb_check);
{%- if l.held.is_some() %}
    tb_awaited = tb_duration(tb_want);
{%- endif %}
  end
endmodule

