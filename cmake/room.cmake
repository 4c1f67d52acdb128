# A room is a folder under src/: its *.cc make the library pawfect_NAME, its *_test.cc the program NAME_test.

function(pawfect_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
                                           -Wno-sign-conversion -Wnon-virtual-dtor -Werror)
  # clang blames the caller for what g++ 12's own std::stable_sort uses.
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:Clang>:-Wno-deprecated-declarations>)
  # With sanitizers g++ takes Boost's empty optionals for uninitialized, and coroutines' frames for freed by
  # somebody else; its manual warns of such guesses.
  if(PAWFECT_SANITIZE)
    target_compile_options(${target} PRIVATE
      "$<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized;-Wno-mismatched-new-delete>")
  endif()
endfunction()

# Sanitizers reach every target, so that no room is left out of a sanitized build.
if(PAWFECT_SANITIZE)
  add_compile_options(-fsanitize=${PAWFECT_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${PAWFECT_SANITIZE})
  if(PAWFECT_SANITIZE MATCHES "thread")  # which does not understand fences; Asio's locks are enough
    add_compile_definitions(BOOST_ASIO_DISABLE_FENCED_BLOCK)
  endif()
endif()

function(pawfect_room name)
  cmake_parse_arguments(ROOM "" "" "USES;LIBS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")

  if(sources)
    add_library(pawfect_${name} STATIC ${sources})
    set(scope PUBLIC)
    pawfect_warnings(pawfect_${name})
  else()
    add_library(pawfect_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(pawfect_${name} ${scope} ${CMAKE_SOURCE_DIR}/src)
  foreach(other ${ROOM_USES})
    target_link_libraries(pawfect_${name} ${scope} pawfect_${other})
  endforeach()
  target_link_libraries(pawfect_${name} ${scope} ${ROOM_LIBS})

  if(PAWFECT_TESTS AND tests)
    enable_testing()
    find_package(GTest REQUIRED)
    include(GoogleTest)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE pawfect_${name} GTest::gtest GTest::gmock GTest::gtest_main)
    target_compile_definitions(${name}_test PRIVATE PAWFECT_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    pawfect_warnings(${name}_test)
    gtest_discover_tests(${name}_test DISCOVERY_TIMEOUT 60 PROPERTIES LABELS ${name})
  endif()
endfunction()
